internal import Foundation

/// A folder that ``COCOBuild`` made.
struct BuiltCOCO: Sendable {
    /// The release.
    let year: Int
    /// How the label maps were made.
    let maskRule: COCOMaskRule
    let index: LabelIndex
    /// The pixels of every class, by the id of the image.
    let pixels: [String: [Int: Int]]

    /// Opens a folder; nil for one that is none.
    ///
    /// - Throws: ``DatasetError`` for a build that did not come to its end, an index that cannot be read, and options that ask for masks
    ///   of another release or rule than were built.
    init?(_ root: URL, _ options: COCO20iOptions) throws(DatasetError) {
        guard let build = COCOBuild.built(root) else { return nil }
        guard FileBytes.exists(root.appendingPathComponent(LabelIndex.fileName)), let year = build.year else {
            throw DatasetError(
                file: root.path, found: "a build without \(LabelIndex.fileName)", expected: "a build that came to its end",
                advice: "go on with fss data build coco20i --resume \(root.path)")
        }
        (self.year, maskRule) = (year, build.maskRule)
        if let wanted = options.year, wanted != year {
            throw DatasetError(
                file: root.path, found: "a build of \(year)", expected: "the release \(wanted), which was asked for",
                advice: "leave the option year out, or build it")
        }
        guard [COCOMaskRule(), maskRule].contains(options.maskRule) else {
            throw DatasetError(
                file: root.path, found: "label maps by \(maskRule)", expected: "\(options.maskRule), which was asked for",
                advice: "leave the options for masks out, build again with them, or open the downloads")
        }
        index = try LabelIndex(of: root)
        pixels = Dictionary(uniqueKeysWithValues: index.rows.map { ($0.id, $0.pixels) })
    }
}

extension COCO20i {
    /// Images with annotations, known of COCO itself.
    private static let known = ["train2014": 82081, "val2014": 40137, "train2017": 117_266, "val2017": 4952]

    /// Images beside the known counts; label maps of a build beside the digests of its index, elements of instances that cannot be used.
    public func inventory() -> DatasetInventory {
        guard let built else { return options.labelFolder == nil ? instancesInventory() : DatasetInventory() }
        var report = built.index.inventory(of: photos.root.path) { id in
            photos.root.appendingPathComponent("annotations/\(PhotoRule.stem(id)).png")
        }
        let counts = DatasetPart.allCases.map { part in
            let set = COCOListFiles.set(part, built.year)
            return Self.words(set, built.index.rows(of: set).count)
        }
        report.notes.insert(contentsOf: counts + ["masks by \(built.maskRule)"], at: 0)
        return report
    }

    private func instancesInventory() -> DatasetInventory {
        var report = DatasetInventory()
        for part in DatasetPart.allCases where has(part, fold: 0) {
            // What cannot be opened is told by the lists that need it.
            guard let index = try? indices(part).first else { continue }
            let count = (0..<index.imageCount).count { index.annotationCount(at: $0) > 0 }
            let name = URL(fileURLWithPath: index.file).lastPathComponent
            let set = name.dropFirst("instances_".count).dropLast(".json".count)
            report.notes.append("\(Self.words(String(set), count)); \(name) has the sha256 \(index.digest.prefix(16))")
            report.errors += index.problems.map { "\(index.file): \($0)" }
        }
        return report
    }

    private static func words(_ set: String, _ count: Int) -> String {
        let all = known[set].map { "; COCO has \($0)" + (count == $0 ? ", as many" : "") } ?? ""
        return "\(set): \(count) images with annotations\(all)"
    }
}
