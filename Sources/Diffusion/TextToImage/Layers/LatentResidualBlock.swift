public import TensorCore

/// The residual block of Stable Diffusion's networks: twice normalisation, SiLU and a 3x3 convolution, with the time added between.
///
/// Shapes: `[N, H, W, in]` to `[N, H, W, out]`. State: `norm1`, `conv1`, `time_emb_proj` (in networks that know the time), `norm2`,
/// `conv2`, `conv_shortcut` (where the channels change).
public final class LatentResidualBlock: Module {
    public let scope: ParameterScope
    private let norm1: GroupNorm
    private let conv1: Conv2d
    private let timeProjection: Linear?
    private let norm2: GroupNorm
    private let conv2: Conv2d
    private let shortcut: Conv2d?

    /// Registers the block.
    ///
    /// - Parameters:
    ///   - scope: where its parameters go.
    ///   - inputs: channels before.
    ///   - outputs: channels after.
    ///   - groups: of the normalisations.
    ///   - epsilon: of the normalisations.
    ///   - timeWidth: the length of the time's vector; nil without one.
    public init(_ scope: ParameterScope, inputs: Int, outputs: Int, groups: Int, epsilon: Float, timeWidth: Int? = nil) {
        self.scope = scope
        let padded = ConvolutionOptions(padding: 1)
        norm1 = GroupNorm(scope["norm1"], groups: groups, channels: inputs, epsilon: epsilon)
        conv1 = Conv2d(scope["conv1"], inputChannels: inputs, outputChannels: outputs, kernelSize: 3, padded)
        timeProjection = timeWidth.map { Linear(scope["time_emb_proj"], inputs: $0, outputs: outputs) }
        norm2 = GroupNorm(scope["norm2"], groups: groups, channels: outputs, epsilon: epsilon)
        conv2 = Conv2d(scope["conv2"], inputChannels: outputs, outputChannels: outputs, kernelSize: 3, padded)
        shortcut =
            inputs == outputs
            ? nil : Conv2d(scope["conv_shortcut"], inputChannels: inputs, outputChannels: outputs, kernelSize: 1)
    }

    /// Applies the block; `time` is the time's vector after SiLU, `[N, timeWidth]`.
    public func callAsFunction(_ x: Tensor, time: Tensor? = nil) -> Tensor {
        var hidden = conv1(norm1(x, activation: .silu))
        if let time, let timeProjection {
            hidden = hidden + timeProjection(time).expanded(at: 1).expanded(at: 1)
        }
        let residual = shortcut.map { $0(x) } ?? x
        return conv2(norm2(hidden, activation: .silu), residual: residual)
    }
}

/// Halves the sides by a 3x3 convolution: state `conv`.
public final class LatentDownsampler: Module {
    public let scope: ParameterScope
    private let conv: Conv2d

    /// Registers the layer; the VAE pads only below and on the right, the UNet on all sides.
    public init(_ scope: ParameterScope, channels: Int, isSymmetric: Bool) {
        self.scope = scope
        let padding = isSymmetric ? EdgeInsets2D(1) : EdgeInsets2D(bottom: 1, right: 1)
        conv = Conv2d(
            scope["conv"], inputChannels: channels, outputChannels: channels, kernelSize: 3,
            ConvolutionOptions(stride: 2, padding: padding))
    }

    /// `[N, H, W, C]` to half of the sides.
    public func callAsFunction(_ x: Tensor) -> Tensor { conv(x) }
}

/// Doubles the sides by repeating pixels, then a 3x3 convolution: state `conv`.
public final class LatentUpsampler: Module {
    public let scope: ParameterScope
    private let conv: Conv2d

    /// Registers the layer.
    public init(_ scope: ParameterScope, channels: Int) {
        self.scope = scope
        conv = Conv2d(
            scope["conv"], inputChannels: channels, outputChannels: channels, kernelSize: 3, ConvolutionOptions(padding: 1))
    }

    /// `[N, H, W, C]` to twice the sides, or to `size`: that of the features it is joined with, where sides were odd.
    public func callAsFunction(_ x: Tensor, to size: Size2D? = nil) -> Tensor {
        let size = size ?? Size2D(height: 2 * x.shape[1], width: 2 * x.shape[2])
        return conv(x.resized(to: size, .nearest))
    }
}
