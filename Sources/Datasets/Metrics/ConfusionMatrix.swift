/// How often pixels of each class were named as each class: the metric of semantic segmentation.
///
/// Counts are whole numbers, so that sums do not depend on the order of images, and matrices of several processes can be merged.
/// Void pixels do not count.
public struct ConfusionMatrix: Sendable, Hashable, Codable {
    /// The classes, background (0) included where it counts as one.
    public let classIDs: [Int]
    /// `[truth][prediction]` in the order of ``classIDs``, row by row.
    public private(set) var counts: [Int]

    /// An empty matrix.
    ///
    /// - Precondition: the ids differ.
    public init(classIDs: [Int]) {
        precondition(Set(classIDs).count == classIDs.count, "ConfusionMatrix: a class occurs twice in \(classIDs)")
        self.classIDs = classIDs
        counts = Array(repeating: 0, count: classIDs.count * classIDs.count)
    }

    /// Pixels of a class that were named as another, or as the same.
    public subscript(truth truth: Int, prediction prediction: Int) -> Int {
        guard let row = classIDs.firstIndex(of: truth), let column = classIDs.firstIndex(of: prediction) else { return 0 }
        return counts[row * classIDs.count + column]
    }

    /// Adds an image.
    ///
    /// - Throws: ``DatasetError`` when the sizes differ or a pixel that counts is of a class that is none of ``classIDs``; nothing
    ///   is added then.
    public mutating func add(prediction: ClassMap, truth: ClassMap) throws(DatasetError) {
        guard prediction.height == truth.height && prediction.width == truth.width else {
            throw DatasetError(
                file: "prediction", found: "\(prediction.width)x\(prediction.height) pixels",
                expected: "the size of the image, \(truth.width)x\(truth.height)",
                advice: "resize the prediction to the image before it is returned")
        }
        let places = Dictionary(uniqueKeysWithValues: classIDs.enumerated().map { ($0.element, $0.offset) })
        var added = counts
        // Neighbours are mostly of one class: a place is looked up where the class changes.
        var (row, column) = (Place(), Place())
        for (named, label) in zip(prediction.values, truth.values) where label != ClassMap.void {
            guard let from = row.of(label, places) else { throw unknown(label, "labels") }
            guard let to = column.of(named, places) else { throw unknown(named, "prediction") }
            added[from * classIDs.count + to] += 1
        }
        counts = added
    }

    /// Adds the counts of another matrix.
    ///
    /// - Throws: ``DatasetError`` when it has other classes.
    public mutating func merge(_ other: ConfusionMatrix) throws(DatasetError) {
        guard other.classIDs == classIDs else {
            throw DatasetError(
                file: "confusion matrix", found: "the classes \(other.classIDs)", expected: "\(classIDs)",
                advice: "merge matrices of one dataset")
        }
        for (index, count) in other.counts.enumerated() { counts[index] += count }
    }

    private func unknown(_ id: Int32, _ place: String) -> DatasetError {
        DatasetError(
            file: place, found: id == ClassMap.void ? "void" : "class \(id)",
            expected: "one of \(classIDs.map(String.init).joined(separator: ", "))",
            advice: "check that segmenter and dataset have the same classes")
    }

    /// Pixels of both, and pixels of either, truth or prediction.
    public func totals(ofClass classID: Int) -> IoUCounts {
        guard let place = classIDs.firstIndex(of: classID) else { return IoUCounts() }
        let side = classIDs.count
        let hit = counts[place * side + place]
        let own = counts[(place * side)..<((place + 1) * side)].reduce(0, +)
        let named = stride(from: place, to: counts.count, by: side).reduce(0) { $0 + counts[$1] }
        return IoUCounts(intersection: UInt64(hit), union: UInt64(own + named - hit))
    }

    /// Intersection over union; nil for a class that occurs neither in truth nor in predictions.
    public func iou(ofClass classID: Int) -> Double? {
        let totals = totals(ofClass: classID)
        return totals.union == 0 ? nil : totals.ratio
    }

    /// The mean IoU over the classes that occur, in truth or in predictions; 0 when none does.
    public var meanIoU: Double {
        let ratios = classIDs.compactMap { iou(ofClass: $0) }
        return ratios.isEmpty ? 0 : ratios.reduce(0, +) / Double(ratios.count)
    }

    /// The share of pixels that are named rightly; 0 without pixels.
    public var pixelAccuracy: Double {
        let all = counts.reduce(0, +)
        let right = classIDs.indices.reduce(0) { $0 + counts[$1 * classIDs.count + $1] }
        return all == 0 ? 0 : Double(right) / Double(all)
    }
}

/// The place of a class, remembered for the next pixel.
private struct Place {
    private var label = ClassMap.void
    private var place: Int?

    mutating func of(_ label: Int32, _ places: [Int: Int]) -> Int? {
        if label != self.label { (self.label, place) = (label, places[Int(label)]) }
        return place
    }
}
