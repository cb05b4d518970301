/// A grey image, 8 bits a pixel, as edge detectors take it.
public struct GreyImage: Sendable {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// Row-major samples.
    public let values: [UInt8]

    /// Wraps samples.
    ///
    /// - Precondition: one sample a pixel.
    public init(height: Int, width: Int, values: [UInt8]) {
        precondition(values.count == width * height, "GreyImage: \(width)x\(height) needs \(width * height) samples")
        self.height = height
        self.width = width
        self.values = values
    }
}

/// The 3x3 Sobel derivatives of a grey image, replicate border.
public struct SobelGradients: Sendable {
    /// Horizontal derivative, -1020...1020.
    public let dx: [Int32]
    /// Vertical derivative.
    public let dy: [Int32]

    /// Differentiates.
    public init(_ image: GreyImage) {
        let (width, height) = (image.width, image.height)
        var dx = [Int32](repeating: 0, count: width * height)
        var dy = dx
        for row in 0..<height {
            let (above, below) = (max(row - 1, 0) * width, min(row + 1, height - 1) * width)
            let here = row * width
            for column in 0..<width {
                let (left, right) = (max(column - 1, 0), min(column + 1, width - 1))
                func sample(_ start: Int, _ x: Int) -> Int32 { Int32(image.values[start + x]) }
                let rightSum = sample(above, right) + 2 * sample(here, right) + sample(below, right)
                let leftSum = sample(above, left) + 2 * sample(here, left) + sample(below, left)
                let belowSum = sample(below, left) + 2 * sample(below, column) + sample(below, right)
                let aboveSum = sample(above, left) + 2 * sample(above, column) + sample(above, right)
                dx[here + column] = rightSum - leftSum
                dy[here + column] = belowSum - aboveSum
            }
        }
        self.dx = dx
        self.dy = dy
    }

    /// `sqrt(dx^2 + dy^2)` divided by its maximum: 0...1, all zero for a flat image.
    public var normalizedMagnitude: [Float] {
        let magnitudes = zip(dx, dy).map { Float($0 * $0 + $1 * $1).squareRoot() }
        let largest = magnitudes.max() ?? 0
        return largest > 0 ? magnitudes.map { $0 / largest } : magnitudes
    }
}
