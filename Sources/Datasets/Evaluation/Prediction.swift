/// Foreground probabilities of an image.
public struct ProbabilityMap: Sendable, Equatable {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// `height * width` probabilities in 0...1, row by row.
    public var values: [Float]

    /// Wraps probabilities in row order.
    ///
    /// - Precondition: `values.count == width * height` and both sides are positive.
    public init(height: Int, width: Int, values: [Float]) {
        precondition(width > 0 && height > 0, "ProbabilityMap: sides must be positive, found \(width)x\(height)")
        precondition(
            values.count == width * height,
            "ProbabilityMap: \(width)x\(height) needs \(width * height) values, found \(values.count)")
        self.height = height
        self.width = width
        self.values = values
    }

    /// The pixels of at least a probability; values that are not numbers count as background.
    public func mask(threshold: Float = 0.5) -> BinaryMask {
        BinaryMask(height: height, width: width, values: values.map { $0 >= threshold })
    }

    /// The map in shades of grey, 0 black and 1 white.
    public func shaded() -> RGBImage {
        let pixels = values.flatMap { value in
            let level = value.isNaN ? 0 : UInt8((min(max(value, 0), 1) * 255).rounded())
            return [level, level, level]
        }
        return RGBImage(height: height, width: width, pixels: pixels)
    }
}

/// What a segmenter says about a query, in the size of the query.
public enum Prediction: Sendable, Equatable {
    /// A decided mask.
    case mask(BinaryMask)
    /// Probabilities, which whoever asks may threshold.
    case probabilities(ProbabilityMap)

    /// The foreground: the mask itself, or the probabilities of at least `threshold`.
    public func mask(threshold: Float = 0.5) -> BinaryMask {
        switch self {
        case .mask(let mask): mask
        case .probabilities(let map): map.mask(threshold: threshold)
        }
    }
}

/// Anything that segments a novel object from supports: a trained model, a baseline, a wrapper around another one.
public protocol EpisodicSegmenter {
    /// Segments the query of an episode.
    ///
    /// - Returns: a prediction of exactly the size of the query.
    func segment(_ episode: Episode) throws -> Prediction
}
