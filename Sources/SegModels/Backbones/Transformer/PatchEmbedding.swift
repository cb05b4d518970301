public import TensorCore

/// The first layer of a vision transformer: a convolution whose windows are the patches and do not overlap.
///
/// State: the convolution's `weight [width, channels, patch, patch]` and, where it has one, `bias [width]`.
public final class PatchEmbedding: Module {
    public let scope: ParameterScope
    /// Side of a patch in pixels.
    public let patch: Int
    private let convolution: Conv2d

    /// Registers the layer.
    ///
    /// - Parameters:
    ///   - scope: the convolution's.
    ///   - width: the length of a token.
    ///   - patch: side of a patch.
    ///   - channels: channels of the images.
    ///   - bias: whether the convolution has a bias.
    public init(_ scope: ParameterScope, width: Int, patch: Int, channels: Int = 3, bias: Bool = true) {
        self.scope = scope
        self.patch = patch
        convolution = Conv2d(
            scope, inputChannels: channels, outputChannels: width, kernelSize: Size2D(patch),
            ConvolutionOptions(stride: Size2D(patch)), bias: bias)
    }

    /// The patches of images `[N, H, W, channels]`: `[N, H / patch, W / patch, width]`. What is left of a patch at the bottom and
    /// right is not seen, as in every reference; the ``InputRule`` of a network keeps sizes multiples.
    public func callAsFunction(_ images: Tensor) -> Tensor { convolution(images) }
}

extension Tensor {
    /// A grid `[N, h, w, C]` as tokens `[N, h * w, C]`, row by row.
    func tokens() -> Tensor { flattened(from: 1, through: 2) }

    /// The tokens `[N, leading + h * w, C]` of a grid as its map `[N, h, w, C]`, without the leading ones.
    func grid(_ size: Size2D, leading: Int) -> Tensor {
        let places = size.height * size.width
        return sliced(axis: 1, from: leading, count: places).reshaped(to: [shape[0], size.height, size.width, shape[2]])
    }
}
