public import TensorCore

/// What turns pixels into the map that masks are decoded from.
public protocol SAMEncoder: Module {
    /// Normalised images `[N, side, side, 3]` to `[N, grid, grid, channels]`.
    func callAsFunction(_ x: Tensor) -> Tensor
}

/// A kind of image encoder; a value is the shape of one encoder of that kind.
///
/// An encoder of your own is a type in your own package: a ``SAMConfiguration`` takes its values, and
/// ``SegmentAnything/load(weights:encoders:imageSize:decoderHeads:precision:)`` finds it in weights where it is among the encoders.
public protocol SAMEncoderShape: Sendable, Hashable {
    /// The pixels of a padded image that one place of the map stands for, along a side.
    var stride: Int { get }

    /// Why these values make no encoder for images of `imageSize` pixels a side; nil where they do.
    func problem(imageSize: Int) -> String?

    /// Registers an encoder whose map has `channels` channels, with random weights.
    func makeEncoder(_ scope: ParameterScope, imageSize: Int, channels: Int) -> any SAMEncoder

    /// The encoder of which a file's tensors may be, and the images' side where tensors tell it. Names are those below
    /// `image_encoder`. The network is then made, and every name and shape compared.
    static func detected(in weights: WeightsIndex) -> (shape: Self, imageSize: Int?)?
}

/// The shape of an image encoder: a value of any ``SAMEncoderShape``.
public struct SAMEncoderConfiguration: Sendable, Hashable {
    /// The encoder's own value.
    public let shape: any SAMEncoderShape

    /// Wraps the value of an encoder.
    public init(_ shape: some SAMEncoderShape) { self.shape = shape }

    /// SAM's own vision transformer.
    public static func vit(_ shape: SAMViT) -> SAMEncoderConfiguration { SAMEncoderConfiguration(shape) }

    /// MobileSAM's TinyViT.
    public static func tinyViT(_ shape: SAMTinyViT) -> SAMEncoderConfiguration { SAMEncoderConfiguration(shape) }

    public static func == (a: SAMEncoderConfiguration, b: SAMEncoderConfiguration) -> Bool {
        AnyHashable(a.shape) == AnyHashable(b.shape)
    }

    public func hash(into hasher: inout Hasher) { shape.hash(into: &hasher) }
}

/// The end of SAM's encoders: two convolutions to the decoder's channels. State: `0` to `3`.
final class SAMNeck: Sendable {
    private let reduction: Conv2d
    private let reductionNorm: LayerNorm
    private let smoothing: Conv2d
    private let smoothingNorm: LayerNorm

    init(_ scope: ParameterScope, width: Int, channels: Int) {
        reduction = Conv2d(scope[0], inputChannels: width, outputChannels: channels, kernelSize: 1, bias: false)
        reductionNorm = LayerNorm(scope[1], width: channels, epsilon: 1e-6)
        smoothing = Conv2d(
            scope[2], inputChannels: channels, outputChannels: channels, kernelSize: 3, ConvolutionOptions(padding: 1),
            bias: false
        )
        smoothingNorm = LayerNorm(scope[3], width: channels, epsilon: 1e-6)
    }

    func callAsFunction(_ map: Tensor) -> Tensor { smoothingNorm(smoothing(reductionNorm(reduction(map)))) }
}

extension Tensor {
    /// A map `[N, h, w, C]` whose windows `apply` maps to themselves. Zeros complete the last windows, and take part.
    func mappingWindows(side: Int, _ apply: (Tensor) -> Tensor) -> Tensor {
        let (height, width) = (shape[1], shape[2])
        let whole = Size2D(height: (height + side - 1) / side * side, width: (width + side - 1) / side * side)
        let insets = EdgeInsets2D(bottom: whole.height - height, right: whole.width - width)
        let padded = insets == 0 ? self : self.padded(by: insets)
        let merged = apply(padded.windowPartitioned(Size2D(side))).windowsMerged(into: whole)
        return insets == 0 ? merged : merged.sliced(axis: 1, from: 0, count: height).sliced(axis: 2, from: 0, count: width)
    }
}
