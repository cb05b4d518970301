public import TensorCore

/// A real number a pixel: similarities, variances, errors, scores of a class.
public struct ScalarMap: Sendable, Equatable {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// `height * width` numbers, row by row.
    public var values: [Float]

    /// Wraps numbers in row order.
    ///
    /// - Precondition: `values.count == height * width` and both sides are positive.
    public init(height: Int, width: Int, values: [Float]) {
        precondition(height > 0 && width > 0, "ScalarMap: sides must be positive, found \(width)x\(height)")
        precondition(
            values.count == width * height,
            "ScalarMap: \(width)x\(height) needs \(width * height) values, found \(values.count)")
        self.height = height
        self.width = width
        self.values = values
    }

    /// Wraps the first channel of the first image of `[N, H, W, C]`.
    public init(_ tensor: Tensor) {
        let first = tensor.sliced(axis: 0, from: 0, count: 1).sliced(axis: 3, from: 0, count: 1)
        self.init(height: tensor.shape[1], width: tensor.shape[2], values: first.scalars)
    }

    /// The pixels of at least a value; values that are not numbers count as background.
    public func mask(from threshold: Float) -> BinaryMask {
        BinaryMask(height: height, width: width, values: values.map { $0 >= threshold })
    }

    /// The map in shades of grey.
    ///
    /// - Parameter range: the values of black and white, 0...1 by default; others are clipped, what is no number is black.
    public func shaded(range: ClosedRange<Float> = 0...1) -> RGBImage {
        let span = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
        let pixels = values.flatMap { value in
            let place = value.isNaN ? 0 : min(max((value - range.lowerBound) / span, 0), 1)
            return [UInt8](repeating: UInt8((place * 255).rounded()), count: 3)
        }
        return RGBImage(height: height, width: width, pixels: pixels)
    }
}

/// The probability of the foreground, pixel by pixel.
public struct ProbabilityMap: Sendable, Equatable {
    /// The probabilities as plain numbers, for pictures.
    public var scalars: ScalarMap

    /// Rows.
    public var height: Int { scalars.height }
    /// Columns.
    public var width: Int { scalars.width }
    /// `height * width` probabilities in 0...1, row by row.
    public var values: [Float] {
        get { scalars.values }
        set { scalars.values = newValue }
    }

    /// Wraps probabilities in row order.
    ///
    /// - Precondition: `values.count == width * height` and both sides are positive.
    public init(height: Int, width: Int, values: [Float]) {
        scalars = ScalarMap(height: height, width: width, values: values)
    }

    /// Wraps the first channel of the first image of `[N, H, W, C]`.
    public init(_ tensor: Tensor) { scalars = ScalarMap(tensor) }

    /// The pixels of at least a probability; values that are not numbers count as background.
    public func mask(threshold: Float = 0.5) -> BinaryMask { scalars.mask(from: threshold) }

    /// The map in shades of grey, 0 black and 1 white.
    public func shaded() -> RGBImage { scalars.shaded() }
}
