public import TensorCore

/// The spatial transformer of Stable Diffusion's UNet: pixels are tokens that attend to one another and to the text.
///
/// Shapes: `[N, H, W, C]` and the text's states `[N, S, contextWidth]` to `[N, H, W, C]`. State: `norm`, `proj_in`,
/// `transformer_blocks.{i}.{norm1,attn1,norm2,attn2,norm3,ff.net.0.proj,ff.net.2}`, `proj_out`. The two projections are 1x1
/// convolutions in version 1 and linear in version 2; the computation is the same.
public final class LatentTransformer: Module {
    public let scope: ParameterScope
    private let norm: GroupNorm
    private let inward: Projection
    private let blocks: [LatentTransformerBlock]
    private let outward: Projection

    /// How a transformer is made, beside its channels.
    struct Options {
        var groups: Int
        var heads: Int
        var depth: Int
        var contextWidth: Int
        var usesLinearProjection: Bool
        var isUpcast: Bool
    }

    init(_ scope: ParameterScope, channels: Int, _ options: Options) {
        self.scope = scope
        let isLinear = options.usesLinearProjection
        norm = GroupNorm(scope["norm"], groups: options.groups, channels: channels, epsilon: 1e-6)
        inward = Projection(scope["proj_in"], channels: channels, isLinear: isLinear)
        blocks = (0..<options.depth).map {
            LatentTransformerBlock(scope["transformer_blocks"][$0], channels: channels, options)
        }
        outward = Projection(scope["proj_out"], channels: channels, isLinear: isLinear)
    }

    /// Applies the transformer.
    public func callAsFunction(_ x: Tensor, context: Tensor) -> Tensor {
        let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let tokens = inward(norm(x)).reshaped(to: [batch, height * width, channels])
        let mixed = blocks.reduce(tokens) { $1($0, context: context) }
        return outward(mixed.reshaped(to: [batch, height, width, channels]), residual: x)
    }

    /// A layer that mixes channels, stored as a 1x1 convolution or as a linear layer.
    private final class Projection: Sendable {
        private let conv: Conv2d?
        private let linear: Linear?

        init(_ scope: ParameterScope, channels: Int, isLinear: Bool) {
            linear = isLinear ? Linear(scope, inputs: channels, outputs: channels) : nil
            conv = isLinear ? nil : Conv2d(scope, inputChannels: channels, outputChannels: channels, kernelSize: 1)
        }

        func callAsFunction(_ x: Tensor, residual: Tensor? = nil) -> Tensor {
            if let conv { return conv(x, residual: residual) }
            let mixed = linear.map { $0(x) } ?? x
            return residual.map { mixed + $0 } ?? mixed
        }
    }
}

/// A block of the spatial transformer: attention within, attention to the text, a gated feed-forward part, each after a
/// normalisation and added to the tokens.
final class LatentTransformerBlock: Module {
    let scope: ParameterScope
    private let norms: [LayerNorm]
    private let selfAttention: LatentAttention
    private let textAttention: LatentAttention
    private let expansion: Linear
    private let contraction: Linear

    init(_ scope: ParameterScope, channels: Int, _ options: LatentTransformer.Options) {
        self.scope = scope
        norms = (1...3).map { LayerNorm(scope["norm\($0)"], width: channels) }
        selfAttention = LatentAttention(
            scope["attn1"], width: channels, heads: options.heads, isUpcast: options.isUpcast)
        textAttention = LatentAttention(
            scope["attn2"], width: channels, heads: options.heads, contextWidth: options.contextWidth,
            isUpcast: options.isUpcast)
        let feedForward = scope["ff"]["net"]
        expansion = Linear(feedForward[0]["proj"], inputs: channels, outputs: 8 * channels)
        contraction = Linear(feedForward[2], inputs: 4 * channels, outputs: channels)
    }

    func callAsFunction(_ x: Tensor, context: Tensor) -> Tensor {
        let y = x + selfAttention(norms[0](x))
        let z = y + textAttention(norms[1](y), context: context)
        return z + contraction(expansion(norms[2](z)).geglu())
    }
}
