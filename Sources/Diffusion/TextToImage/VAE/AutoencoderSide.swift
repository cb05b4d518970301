internal import TensorCore

/// The encoder or the decoder: state `conv_in`, `down_blocks` or `up_blocks`, `mid_block`, `conv_norm_out`, `conv_out`.
final class AutoencoderSide: Module {
    let scope: ParameterScope
    private let isEncoder: Bool
    private let inward: Conv2d
    private let levels: [AutoencoderLevel]
    private let middle: AutoencoderMiddle
    private let norm: GroupNorm
    private let outward: Conv2d

    init(_ scope: ParameterScope, _ configuration: AutoencoderConfiguration, isEncoder: Bool) {
        self.scope = scope
        self.isEncoder = isEncoder
        let (finest, coarsest) = (configuration.channels[0], configuration.channels[configuration.channels.count - 1])
        let channels = isEncoder ? configuration.channels : configuration.channels.reversed()
        let (pictures, latent) = (configuration.pictureChannels, configuration.latentChannels)
        func conv(_ name: String, _ inputs: Int, _ outputs: Int) -> Conv2d {
            Conv2d(
                scope[name], inputChannels: inputs, outputChannels: outputs, kernelSize: 3, ConvolutionOptions(padding: 1))
        }
        inward = conv("conv_in", isEncoder ? pictures : latent, isEncoder ? finest : coarsest)
        levels = channels.indices.map { index in
            AutoencoderLevel(
                scope[isEncoder ? "down_blocks" : "up_blocks"][index], inputs: channels[max(index - 1, 0)],
                outputs: channels[index], configuration, isEncoder: isEncoder, isLast: index == channels.count - 1)
        }
        middle = AutoencoderMiddle(scope["mid_block"], channels: coarsest, groups: configuration.groups)
        let last = isEncoder ? coarsest : finest
        norm = GroupNorm(scope["conv_norm_out"], groups: configuration.groups, channels: last, epsilon: 1e-6)
        outward = conv("conv_out", last, isEncoder ? 2 * latent : pictures)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        var x = inward(x)
        if !isEncoder { x = middle(x) }
        for level in levels { x = level(x) }
        if isEncoder { x = middle(x) }
        return outward(norm(x, activation: .silu))
    }
}

/// A level: state `resnets`, and `downsamplers.0` or `upsamplers.0` where another level follows.
final class AutoencoderLevel: Module {
    let scope: ParameterScope
    private let blocks: [LatentResidualBlock]
    private let downsampler: LatentDownsampler?
    private let upsampler: LatentUpsampler?

    init(
        _ scope: ParameterScope, inputs: Int, outputs: Int, _ configuration: AutoencoderConfiguration, isEncoder: Bool,
        isLast: Bool
    ) {
        self.scope = scope
        blocks = (0..<(configuration.blocks + (isEncoder ? 0 : 1))).map {
            LatentResidualBlock(
                scope["resnets"][$0], inputs: $0 == 0 ? inputs : outputs, outputs: outputs, groups: configuration.groups,
                epsilon: 1e-6)
        }
        downsampler =
            isEncoder && !isLast ? LatentDownsampler(scope["downsamplers"][0], channels: outputs, isSymmetric: false) : nil
        upsampler = !isEncoder && !isLast ? LatentUpsampler(scope["upsamplers"][0], channels: outputs) : nil
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = blocks.reduce(x) { $1($0) }
        if let downsampler { return downsampler(y) }
        return upsampler.map { $0(y) } ?? y
    }
}

/// The middle: a block, attention with one head, a block. State `resnets.{0,1}`, `attentions.0.{group_norm,to_q,to_k,to_v,to_out.0}`.
final class AutoencoderMiddle: Module {
    let scope: ParameterScope
    private let blocks: [LatentResidualBlock]
    private let norm: GroupNorm
    private let attention: LatentAttention

    init(_ scope: ParameterScope, channels: Int, groups: Int) {
        self.scope = scope
        blocks = (0..<2).map {
            LatentResidualBlock(scope["resnets"][$0], inputs: channels, outputs: channels, groups: groups, epsilon: 1e-6)
        }
        let attention = scope["attentions"][0]
        norm = GroupNorm(attention["group_norm"], groups: groups, channels: channels, epsilon: 1e-6)
        self.attention = LatentAttention(attention, width: channels, heads: 1, bias: true)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = blocks[0](x)
        let (batch, height, width, channels) = (y.shape[0], y.shape[1], y.shape[2], y.shape[3])
        let tokens = norm(y).reshaped(to: [batch, height * width, channels])
        return blocks[1](y + attention(tokens).reshaped(to: y.shape))
    }
}
