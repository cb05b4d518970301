public import TensorCore

/// What a check of a dataset found.
public struct DatasetCheck: Sendable, Codable {
    /// One list.
    public struct List: Sendable, Codable {
        /// "trn" or "val".
        public var split: String
        /// From 0.
        public var fold: Int
        /// Lines.
        public var pairs = 0
        /// Different images.
        public var images = 0
        /// Pairs of each class, by its name.
        public var classes: [String: Int] = [:]
        /// The SHA-256 digest.
        public var hash = ""
        /// What the field knows of this list, in words; nil for datasets of one's own.
        public var known: String?
    }

    /// The lists that could be read.
    public var lists: [List] = []
    /// What makes results wrong or impossible, a line each.
    public var errors: [String] = []
    /// What makes results doubtful, a line each.
    public var warnings: [String] = []
    /// Counts, sizes and digests beside the known ones, a line each.
    public var notes: [String] = []
}

/// What a dataset says of its files.
public struct DatasetInventory: Sendable, Hashable {
    /// Counts, sizes and digests beside the known ones, a line each.
    public var notes: [String] = []
    /// What is wrong with them, a line each.
    public var errors: [String] = []

    /// An inventory; empty by default.
    public init(notes: [String] = [], errors: [String] = []) {
        self.notes = notes
        self.errors = errors
    }
}

extension FoldedDataset {
    /// Checks lists and images: counts, missing files, sizes of masks, unknown classes, pairs without their class, novel classes in
    /// training images, images in training and test.
    ///
    /// Parts that are not there are passed over; a dataset without any is an error.
    ///
    /// - Parameter observe: called after every image; an error that it throws ends the check.
    /// - Throws: `CancellationError` when the task was cancelled; what `observe` throws. Faults of the dataset are in the report.
    public func check(observe: (WorkProgress) async throws -> Void = { _ in }) async throws -> DatasetCheck {
        var report = DatasetCheck()
        report.warnings = remarks
        let inventory = inventory()
        report.notes = inventory.notes
        report.errors = inventory.errors
        var parts: [CheckedPart] = []
        for fold in 0..<foldCount {
            for part in DatasetPart.allCases where has(part, fold: fold) {
                do {
                    let found = CheckedPart(part: part, fold: fold, dataset: try dataset(part, fold: fold))
                    parts.append(found)
                    var list = found.summary
                    list.known = KnownLists.words(list, of: self)
                    report.lists.append(list)
                } catch {
                    report.errors.append("\(error)")
                }
            }
        }
        if parts.isEmpty && report.errors.isEmpty {
            report.errors.append("\(name): found no list, expected those of \(foldCount) folds; give the folder of the lists")
        }
        var sources: [String: any FewShotDataset] = [:]
        for part in parts { for item in part.dataset.items { sources[item.id] = part.dataset } }
        var present: [String: Set<Int>] = [:]
        var doubtful: [String] = []
        let clock = WorkClock(total: sources.count)
        for (index, (id, source)) in sources.sorted(by: { $0.key < $1.key }).enumerated() {
            try Task.checkCancellation()
            present[id] = classesPresent(id, source, &report)
            if case .sidesCannotTell? = try? source.photoDoubt(id) { doubtful.append(id) }
            try await observe(clock.progress(index + 1))
        }
        if let first = doubtful.first {
            report.warnings.append(
                "\(name): \(doubtful.count) photos, such as \(first), have an orientation tag (EXIF) that leaves their sides as they are; "
                    + "labels are taken as drawn on the photo as it is shown")
        }
        for part in parts { part.checkPairs(present, novel: novelClassIDs(fold: part.fold, parts), &report) }
        for fold in 0..<foldCount { Self.compare(parts.filter { $0.fold == fold }, fold, &report) }
        return report
    }

    /// The classes in an image; problems go to the report.
    private func classesPresent(_ id: String, _ source: any FewShotDataset, _ report: inout DatasetCheck) -> Set<Int> {
        do {
            let photo = try source.image(id)
            let found = try source.classIDs(in: id)
            let place = source.labelPlace(id)
            let mask = try source.mask(of: found.min() ?? classes.first?.id ?? 1, in: id)
            if photo.width != mask.width || photo.height != mask.height {
                let advice = (try? source.photoDoubt(id)).map { "; \($0.advice)" } ?? ""
                report.errors.append(
                    "\(place): found \(mask.width)x\(mask.height) pixels, expected those of its photo, "
                        + "\(photo.width)x\(photo.height)\(advice)")
            }
            let unknown = found.subtracting(classes.map(\.id)).sorted()
            if !unknown.isEmpty {
                report.errors.append(
                    "\(place): found the classes \(unknown), which the dataset does not have; correct its classes or the labels")
            }
            return found
        } catch {
            report.errors.append("\(error)")
            return []
        }
    }

    /// All classes less those that the fold trains on.
    private func novelClassIDs(fold: Int, _ parts: [CheckedPart]) -> Set<Int> {
        let base = parts.first { $0.fold == fold && $0.part == .training }?.dataset.classes ?? []
        return Set(classes.map(\.id)).subtracting(base.map(\.id))
    }

    private static func compare(_ parts: [CheckedPart], _ fold: Int, _ report: inout DatasetCheck) {
        func ids(_ part: DatasetPart) -> Set<String> {
            Set(parts.filter { $0.part == part }.flatMap { $0.dataset.items.map(\.id) })
        }
        let shared = ids(.training).intersection(ids(.validation)).sorted()
        guard let first = shared.first else { return }
        report.errors.append(
            "fold \(fold): \(shared.count) images are in training and test, such as \(first); remove them from one list")
    }
}

/// One part of a fold that is being checked.
private struct CheckedPart {
    let part: DatasetPart
    let fold: Int
    let dataset: any FewShotDataset

    var summary: DatasetCheck.List {
        let names = dataset.classes.map { ($0.name, dataset.ids(ofClass: $0.id).count) }
        return DatasetCheck.List(
            split: part.rawValue, fold: fold, pairs: dataset.items.count, images: Set(dataset.items.map(\.id)).count,
            classes: Dictionary(names) { $0 + $1 }, hash: dataset.listHash)
    }

    func checkPairs(_ present: [String: Set<Int>], novel: Set<Int>, _ report: inout DatasetCheck) {
        let items = dataset.items
        let absent = items.filter { !(present[$0.id]?.contains($0.classID) ?? false) }
        if let first = absent.first {
            report.errors.append(
                "\(dataset.name): \(absent.count) pairs whose image does not show the class, such as \(first.id)__\(first.classID)"
            )
        }
        let twice = items.count - Set(items).count
        if twice > 0 { report.warnings.append("\(dataset.name): \(twice) pairs occur more than once") }
        guard part == .training else { return }
        let leaking = Set(items.map(\.id)).filter { !(present[$0]?.isDisjoint(with: novel) ?? true) }.sorted()
        if let first = leaking.first {
            report.warnings.append(
                "\(dataset.name): \(leaking.count) training images also show novel classes of fold \(fold), such as \(first)")
        }
    }
}
