/// Boundary IoU: the IoU of the bands along the outlines of two masks (Cheng et al., CVPR 2021, section 4).
///
/// A band holds the pixels of a mask that are at most `d` steps (Chebyshev distance) from its outline; what is beyond the image counts as
/// outside, so that an object that the image cuts has an outline there, too. `d` is a share of the image's diagonal, at least one pixel,
/// 0.02 in the reference implementation (`boundary_iou_api`, `mask_to_boundary`).
public enum BoundaryIoU {
    /// The share of the diagonal of the reference implementation.
    public static let standardRatio = 0.02

    /// The width of the band in pixels.
    public static func width(height: Int, width: Int, ratio: Double = standardRatio) -> Int {
        let diagonal = Double(height * height + width * width).squareRoot()
        // Python's rounding: halves to even.
        return max(1, Int((ratio * diagonal).rounded(.toNearestOrEven)))
    }

    /// The pixels of both bands and of either.
    ///
    /// Bands are drawn in the masks as they are, void being no part of the object; void pixels then count in neither number.
    ///
    /// - Throws: ``DatasetError`` when the sizes differ.
    public static func counts(
        prediction: BinaryMask, truth: ClassMask, ratio: Double = standardRatio
    ) throws(DatasetError) -> IoUCounts {
        guard prediction.width == truth.width && prediction.height == truth.height else {
            throw DatasetError(
                file: "prediction", found: "\(prediction.width)x\(prediction.height) pixels",
                expected: "the size of the query, \(truth.width)x\(truth.height)",
                advice: "resize the prediction to the query before it is returned")
        }
        let distance = width(height: truth.height, width: truth.width, ratio: ratio)
        let (found, right) = (prediction.boundary(distance).values, truth.object.boundary(distance).values)
        let void = truth.void?.values
        var counts = IoUCounts()
        for pixel in found.indices where !(void?[pixel] ?? false) {
            if found[pixel] && right[pixel] { counts.intersection += 1 }
            if found[pixel] || right[pixel] { counts.union += 1 }
        }
        return counts
    }
}

extension BinaryMask {
    /// The foreground pixels with background, or the outside of the image, within so many steps in any direction.
    public func boundary(_ distance: Int) -> BinaryMask {
        let inner = eroded(distance)
        return BinaryMask(height: height, width: width, values: zip(values, inner).map { $0 && !$1 })
    }

    /// Whether the square of side `2 * distance + 1` around each pixel is foreground and inside of the image.
    private func eroded(_ distance: Int) -> [Bool] {
        // A square is a row of rows: runs along one axis, then along the other.
        let rows = Self.runs(values, lines: height, length: width, lineStride: width, stride: 1, reach: distance)
        return Self.runs(rows, lines: width, length: height, lineStride: 1, stride: width, reach: distance)
    }

    private static func runs(
        _ values: [Bool], lines: Int, length: Int, lineStride: Int, stride: Int, reach: Int
    ) -> [Bool] {
        var result = [Bool](repeating: false, count: values.count)
        for line in 0..<lines {
            var run = 0
            for place in 0..<length {
                run = values[line * lineStride + place * stride] ? run + 1 : 0
                // The run ends here, so its middle is `reach` back.
                if run > 2 * reach { result[line * lineStride + (place - reach) * stride] = true }
            }
        }
        return result
    }
}

/// Boundary IoU by class: pixels of the bands are added up over the episodes of a class and divided once, as ``FewShotMetrics`` has it.
public struct BoundaryMetrics: Sendable, Hashable, Codable {
    /// The classes over which is averaged.
    public let classIDs: [Int]
    private var totals: [Int: IoUCounts] = [:]

    /// Empty sums for the classes of a fold.
    public init(classIDs: [Int]) { self.classIDs = classIDs }

    /// Adds the counts of an episode.
    ///
    /// - Throws: ``DatasetError`` when its class is not one of ``classIDs``.
    public mutating func add(_ counts: IoUCounts, classID: Int) throws(DatasetError) {
        guard classIDs.contains(classID) else {
            throw DatasetError(
                file: "episode", found: "class \(classID)",
                expected: "one of \(classIDs.map(String.init).joined(separator: ", "))",
                advice: "check that list and fold belong together")
        }
        totals[classID, default: IoUCounts()] += counts
    }

    /// Adds the sums of other episodes; no order matters.
    ///
    /// - Throws: ``DatasetError`` when it averages over other classes.
    public mutating func merge(_ other: BoundaryMetrics) throws(DatasetError) {
        guard other.classIDs == classIDs else {
            throw DatasetError(
                file: "metrics", found: "the classes \(other.classIDs)", expected: "\(classIDs)",
                advice: "merge metrics of one dataset")
        }
        for (classID, counts) in other.totals { totals[classID, default: IoUCounts()] += counts }
    }

    /// The boundary IoU of a class, 0...1; nil when no episode asked for it.
    public func iou(ofClass classID: Int) -> Double? { totals[classID]?.ratio }

    /// The mean over the classes that an episode asked for, 0...1; 0 when there is none.
    public var meanIoU: Double {
        let ratios = classIDs.compactMap { iou(ofClass: $0) }
        return ratios.reduce(0, +) / Double(max(ratios.count, 1))
    }
}
