public import TensorCore

/// What the decoder learns of the query beside priors: things that no backbone has a part in (section 3.3.3).
public struct QueryInformation: Sendable {
    /// The query in [-1, 1], then Sobel magnitude and Canny edges in [0, 1], at twice the decoder's resolution:
    /// `[1, 2s, 2s, 5]`.
    public let canvas: Tensor

    /// Channels of ``edges``.
    public static let edgeChannels = 2

    /// Prepares a query.
    ///
    /// - Parameters:
    ///   - photo: `[1, H, W, 3]`, RGB 0...255.
    ///   - resolution: the decoder's side `s`.
    ///   - canny: the edge detector's thresholds.
    public init(photo: Tensor, resolution: Int, canny: CannyEdges = CannyEdges()) {
        let side = 2 * resolution
        let fine = withoutGradients { photo.converted(to: .float32).resized(to: Size2D(side), .area) }
        let pixels = fine.scalars
        let grey = (0..<(side * side)).map { pixel -> UInt8 in
            let (red, green, blue) = (pixels[3 * pixel], pixels[3 * pixel + 1], pixels[3 * pixel + 2])
            let luma = 0.299 * red + 0.587 * green + 0.114 * blue
            return UInt8(min(max(luma.rounded(), 0), 255))
        }
        let source = GreyImage(height: side, width: side, values: grey)
        let sobel = SobelGradients(source).normalizedMagnitude
        let strong = canny(source)
        let values = (0..<(side * side)).flatMap { [sobel[$0], strong[$0] ? Float(1) : 0] as [Float] }
        let edges = Tensor(values, shape: [1, side, side, 2], beside: fine)
        canvas = .concatenated([fine * (1 / 127.5) - 1, edges], axis: 3)
    }

    /// The query at the decoder's resolution, `[1, s, s, 3]` in [-1, 1].
    public var image: Tensor { Self.image(in: canvas).averagePool2d(PoolingOptions(kernel: 2)) }

    /// The edges at twice the decoder's resolution, `[1, 2s, 2s, 2]` in [0, 1].
    public var edges: Tensor { Self.edges(in: canvas) }

    /// The colour channels of a canvas.
    public static func image(in canvas: Tensor) -> Tensor { canvas.sliced(axis: 3, from: 0, count: 3) }

    /// The edge channels of a canvas.
    public static func edges(in canvas: Tensor) -> Tensor { canvas.sliced(axis: 3, from: 3, count: edgeChannels) }
}
