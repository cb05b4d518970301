public import Datasets

/// How good pseudo labels are where the truth is known, over the photos that were made for a class and then over classes.
///
/// A class's pixels are those of its own photos. A pixel without a label is no pixel of the class, so that labels which say little have
/// a low recall and a high precision.
public struct PseudoLabelQuality: Sendable, Hashable, Codable {
    /// The counts of one class.
    private struct Counts: Sendable, Hashable, Codable {
        var right = 0
        var said = 0
        var actual = 0
        var boundary = IoUCounts()
        var labelled = 0
        var pixels = 0
    }

    private var counts: [Int: Counts] = [:]

    /// Nothing yet.
    public init() {}

    /// Adds a photo.
    ///
    /// - Parameters:
    ///   - labels: its pseudo labels.
    ///   - truth: the true ones; its void pixels do not count.
    ///   - classID: the class that the photo was made for.
    /// - Throws: `DatasetError` where the sizes differ.
    public mutating func add(_ labels: ClassMap, truth: ClassMap, classID: Int) throws(DatasetError) {
        let said = labels.mask(ofClass: classID).object
        let trueMask = truth.mask(ofClass: classID)
        let boundary = try BoundaryIoU.counts(prediction: said, truth: trueMask)
        var own = counts[classID, default: Counts()]
        own.boundary += boundary
        for pixel in truth.values.indices where truth.values[pixel] != ClassMap.void {
            let isTrue = trueMask.object.values[pixel]
            own.pixels += 1
            if labels.values[pixel] != ClassMap.void { own.labelled += 1 }
            if isTrue { own.actual += 1 }
            guard said.values[pixel] else { continue }
            own.said += 1
            if isTrue { own.right += 1 }
        }
        counts[classID] = own
    }

    /// The mean over classes of the share of the class's pixels, said or true, that are both; 0...1.
    public var iou: Double? { mean { ratio($0.right, $0.said + $0.actual - $0.right) } }
    /// The mean over classes of the share of the pixels called the class that are it; nil where none is.
    public var precision: Double? { mean { ratio($0.right, $0.said) } }
    /// The mean over classes of the share of the class's pixels that are called it.
    public var recall: Double? { mean { ratio($0.right, $0.actual) } }
    /// The mean over classes of boundary IoU.
    public var boundaryIoU: Double? { mean { ratio(Int($0.boundary.intersection), Int($0.boundary.union)) } }
    /// The share of pixels that have a label.
    public var labelled: Double? { mean { ratio($0.labelled, $0.pixels) } }

    private func mean(_ value: (Counts) -> Double?) -> Double? {
        let values = counts.sorted { $0.key < $1.key }.compactMap { value($0.value) }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private func ratio(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
}

extension PseudoLabelQuality {
    /// The numbers alone, 0...1.
    public struct Summary: Sendable, Hashable, Codable {
        /// See ``PseudoLabelQuality/iou``.
        public var iou: Double?
        /// See ``PseudoLabelQuality/precision``.
        public var precision: Double?
        /// See ``PseudoLabelQuality/recall``.
        public var recall: Double?
        /// See ``PseudoLabelQuality/boundaryIoU``.
        public var boundaryIoU: Double?
        /// See ``PseudoLabelQuality/labelled``.
        public var labelled: Double?

        /// The titles of ``all``.
        public static let titles = ["IoU", "precision", "recall", "boundary IoU", "labelled"]

        /// In the order of tables.
        public var all: [Double?] { [iou, precision, recall, boundaryIoU, labelled] }
    }

    /// The numbers alone.
    public var summary: Summary {
        Summary(iou: iou, precision: precision, recall: recall, boundaryIoU: boundaryIoU, labelled: labelled)
    }
}
