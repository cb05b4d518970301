/// The lists that the field's numbers were measured on: by the first 16 digits of their SHA-256, and by their counts.
///
/// Digests of HSNet's lists are those of `data/splits` in its repository; training lists of PASCAL are known by what they become when the
/// other three folds are joined (``FoldedVOC``). Counts of BAM are those of its `lists` folders.
enum KnownLists {
    /// One fold's lists of one repository.
    private struct Known {
        var owner: String
        var pairs: Int?
        var images: Int
        var hash: String?

        var text: String {
            let count = pairs.map { "\($0) pairs of \(images) images" } ?? "\(images) images"
            return "\(owner)'s list has \(count)" + (hash.map { " (sha256 \($0))" } ?? "")
        }
    }

    /// What is known of a list; nil for a list of a dataset that the field does not know.
    static func words(_ list: DatasetCheck.List, of dataset: any FoldedDataset) -> String? {
        let known = known(dataset)["\(list.split)\(list.fold)"] ?? []
        if known.isEmpty { return nil }
        let prefix = String(list.hash.prefix(16))
        if let same = known.first(where: { $0.hash == prefix }) { return "is \(same.owner)'s list, by its digest" }
        let fits = known.filter { $0.images == list.images && ($0.pairs ?? list.pairs) == list.pairs }
        let others = known.map(\.text).joined(separator: ", ")
        guard let first = fits.first else { return "is none of the known lists: \(others)" }
        return
            "has the counts of \(first.owner)'s list, whose bytes are \(first.hash.map { "others (sha256 \($0))" } ?? "not known here")"
    }

    private static func known(_ dataset: any FoldedDataset) -> [String: [Known]] {
        let names = dataset.classes.map(\.name)
        if dataset is FSS1000 { return fss }
        if dataset.foldCount == 4, names.count == 20, isPascal(names) { return pascal }
        if let coco = dataset as? COCO20i, coco.name == "coco-20i", coco.options.folds == .interleaved { return coco20i }
        return [:]
    }

    /// "diningtable" and "dining table" are the same.
    private static func isPascal(_ names: [String]) -> Bool {
        func plain(_ names: [String]) -> [String] { names.map { $0.filter { $0 != " " }.lowercased() } }
        return plain(names) == plain(Pascal5i.classes.map(\.name))
    }

    private static func table(
        _ owner: String, _ part: DatasetPart, pairs: [Int]? = nil, images: [Int], hashes: [String]? = nil
    ) -> [(String, Known)] {
        images.indices.map { fold in
            let known = Known(owner: owner, pairs: pairs?[fold], images: images[fold], hash: hashes?[fold])
            return ("\(part.rawValue)\(fold)", known)
        }
    }

    private static func gathered(_ rows: [(String, Known)]...) -> [String: [Known]] {
        Dictionary(grouping: rows.joined()) { $0.0 }.mapValues { $0.map(\.1) }
    }

    private static let pascal = gathered(
        table(
            "HSNet", .training, pairs: [11394, 10255, 7797, 11594], images: [8450, 8081, 7007, 9002],
            hashes: ["e84439bb1bb47216", "5c72b30c5f9bb763", "9a15a13f286bc06b", "476706ad4bd71172"]),
        table(
            "HSNet", .validation, pairs: [346, 451, 725, 346], images: [345, 433, 587, 326],
            hashes: ["748e2f4732ac502c", "afce1929e4dacbc1", "50b1f5218e8f882c", "c3825d7c52d1608d"]),
        table("BAM", .training, images: [4208, 3726, 2752, 4510]),
        table("BAM", .validation, images: [364, 445, 592, 336]))

    private static let coco20i = gathered(
        table(
            "HSNet", .training, pairs: [95476, 133_927, 141_054, 141_016], images: [62040, 74381, 73035, 73808],
            hashes: ["5a94e113d8c150a7", "69629cdd84fd57b3", "594adc4b8ebecf9b", "07b38ccc9e15ebfd"]),
        table(
            "HSNet", .validation, pairs: [35783, 17912, 14563, 14315], images: [26052, 15305, 13138, 12640],
            hashes: ["96002389be83b473", "a34deecdf2858fc4", "0f275c5e9bf538f6", "927597bd78036a46"]),
        table("BAM", .training, images: [21917, 41809, 43045, 44614]), pairs)

    /// Lists that name photos alone: pairs follow from the masks.
    private static let pairs = PhotoPairList.known.flatMap { known in
        DatasetPart.allCases.flatMap { part in
            table(known.owner, part, images: known.lines[part] ?? [], hashes: known.hashes[part])
        }
    }

    private static let fss = gathered(
        table("HSNet", .training, pairs: [5200], images: [5200], hashes: ["815bce03f2502719"]),
        table("HSNet", .validation, pairs: [2400], images: [2400], hashes: ["26f1b9e9dd0c4a58"]),
        table("HSNet (its val.txt)", .validation, pairs: [2400], images: [2400], hashes: ["9cac02c58602f278"]))
}
