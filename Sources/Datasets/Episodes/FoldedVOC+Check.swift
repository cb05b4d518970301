internal import Foundation
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
    }

    /// The lists that could be read.
    public var lists: [List] = []
    /// What makes results wrong or impossible, a line each.
    public var errors: [String] = []
    /// What makes results doubtful, a line each.
    public var warnings: [String] = []
}

extension FoldedVOC {
    /// Checks lists and files: counts, missing files, sizes of masks, unknown values, pairs without their class, novel classes
    /// in training images, images in training and test.
    ///
    /// Lists that are not there are passed over; a dataset without any is an error.
    ///
    /// - Parameter observe: called after every image; an error that it throws ends the check.
    /// - Throws: `CancellationError` when the task was cancelled; what `observe` throws. Faults of the dataset are in the report.
    public func check(observe: (WorkProgress) async throws -> Void = { _ in }) async throws -> DatasetCheck {
        var report = DatasetCheck()
        var datasets: [(split: String, fold: Int, items: [DatasetItem])] = []
        for fold in 0..<foldCount {
            for split in ["trn", "val"] where FileBytes.exists(list(split, fold)) {
                do throws(DatasetError) {
                    let found = try split == "trn" ? trainingList(fold: fold) : validationList(fold: fold)
                    datasets.append((split, fold, found.items))
                    report.lists.append(Self.summary(found, split, fold))
                } catch {
                    report.errors.append(error.description)
                }
            }
        }
        if datasets.isEmpty && report.errors.isEmpty {
            report.errors.append(
                "\(lists.path): found no list, expected trn/fold0.txt, val/fold0.txt, ...; give the folder of the lists")
        }
        let images = Set(datasets.flatMap { $0.items.map(\.id) }).sorted()
        var present: [String: Set<Int>] = [:]
        let clock = WorkClock(total: images.count)
        for (index, id) in images.enumerated() {
            try Task.checkCancellation()
            present[id] = classesPresent(id, &report)
            try await observe(clock.progress(index + 1))
        }
        for set in datasets { checkPairs(set.split, set.fold, set.items, present, &report) }
        for fold in 0..<foldCount {
            func ids(_ split: String) -> Set<String> {
                Set(datasets.filter { $0.split == split && $0.fold == fold }.flatMap { $0.items.map(\.id) })
            }
            let shared = ids("trn").intersection(ids("val")).sorted()
            guard let first = shared.first else { continue }
            report.errors.append(
                "fold \(fold): \(shared.count) images are in training and test, such as \(first); remove them from one list")
        }
        return report
    }

    private static func summary(_ dataset: VOCDataset, _ split: String, _ fold: Int) -> DatasetCheck.List {
        let names = dataset.classes.map { ($0.name, dataset.ids(ofClass: $0.id).count) }
        return DatasetCheck.List(
            split: split, fold: fold, pairs: dataset.items.count, images: Set(dataset.items.map(\.id)).count,
            classes: Dictionary(names) { $0 + $1 }, hash: dataset.listHash)
    }

    /// The classes in an image; problems go to the report.
    private func classesPresent(_ id: String, _ report: inout DatasetCheck) -> Set<Int> {
        do throws(ImageError) {
            let photo = try folder.image(id)
            let labels = try folder.labels(id)
            if photo.width != labels.width || photo.height != labels.height {
                report.errors.append(
                    "\(folder.labelURL(id).path): found \(labels.width)x\(labels.height) pixels, expected those of its photo, \(photo.width)x\(photo.height)"
                )
            }
            let values = labels.classIDs
            let unknown = values.subtracting(classes.map(\.id)).sorted()
            if !unknown.isEmpty {
                report.errors.append(
                    "\(folder.labelURL(id).path): found the values \(unknown), which are no classes; correct classes.txt or the labels"
                )
            }
            return values
        } catch {
            report.errors.append(error.description)
            return []
        }
    }

    private func checkPairs(
        _ split: String, _ fold: Int, _ items: [DatasetItem], _ present: [String: Set<Int>], _ report: inout DatasetCheck
    ) {
        let absent = items.filter { !(present[$0.id]?.contains($0.classID) ?? false) }
        if let first = absent.first {
            report.errors.append(
                "\(list(split, fold).path): \(absent.count) pairs whose image does not show the class, such as \(first.id)__\(first.classID)"
            )
        }
        let twice = items.count - Set(items).count
        if twice > 0 { report.warnings.append("\(list(split, fold).path): \(twice) pairs occur more than once") }
        guard split == "trn" else { return }
        let novel = Set(novelClasses(fold: fold).map(\.id))
        let leaking = Set(items.map(\.id)).filter { !(present[$0]?.isDisjoint(with: novel) ?? true) }.sorted()
        if let first = leaking.first {
            report.warnings.append(
                "\(list(split, fold).path): \(leaking.count) training images also show novel classes of fold \(fold), such as \(first)"
            )
        }
    }
}
