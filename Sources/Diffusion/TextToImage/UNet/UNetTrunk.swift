public import TensorCore

/// What Stable Diffusion's UNet and its ControlNets have in common: the way down and the middle.
///
/// State: `conv_in`, `time_embedding`, `down_blocks`, `mid_block`.
public final class UNetTrunk: Module {
    public let scope: ParameterScope
    private let inward: Conv2d
    private let time: LatentTimeEmbedding
    private let levels: [UNetDownLevel]
    private let middle: UNetMiddle

    /// What the trunk gives.
    public struct Output {
        /// The features that the way up joins, the finest first: of the first convolution, of every block and every downsampler.
        public var skips: [Tensor]
        /// The features of the middle.
        public var middle: Tensor
        /// The time's vector after SiLU.
        public var time: Tensor
    }

    /// Registers the trunk in the scope of its network.
    public init(_ scope: ParameterScope, _ configuration: UNetConfiguration) {
        self.scope = scope
        let channels = configuration.channels
        inward = Conv2d(
            scope["conv_in"], inputChannels: configuration.inputs, outputChannels: channels[0], kernelSize: 3,
            ConvolutionOptions(padding: 1))
        time = LatentTimeEmbedding(
            scope["time_embedding"], width: channels[0], outputs: configuration.timeWidth,
            sinesFirst: configuration.sinesFirst, shift: configuration.frequencyShift)
        levels = channels.indices.map { UNetDownLevel(scope["down_blocks"][$0], configuration, level: $0) }
        middle = UNetMiddle(scope["mid_block"], configuration)
    }

    /// Runs the trunk.
    ///
    /// - Parameters:
    ///   - latent: `[N, H, W, inputs]`.
    ///   - timesteps: one an image.
    ///   - context: the text's states, `[N, S, contextWidth]`.
    ///   - hint: is added to the first features (ControlNet).
    public func callAsFunction(_ latent: Tensor, timesteps: [Float], context: Tensor, hint: Tensor? = nil) -> Output {
        let time = time(timesteps, beside: latent).silu()
        var x = inward(latent)
        if let hint { x = x + hint }
        var skips = [x]
        for level in levels { x = level(x, time: time, context: context, skips: &skips) }
        return Output(skips: skips, middle: middle(x, time: time, context: context), time: time)
    }

    /// Channels of the features that the way up joins.
    static func skipChannels(_ configuration: UNetConfiguration) -> [Int] {
        let channels = configuration.channels
        return [channels[0]]
            + channels.enumerated().flatMap { level, count in
                [Int](repeating: count, count: configuration.blocks + (level < channels.count - 1 ? 1 : 0))
            }
    }
}

extension UNetConfiguration {
    /// How the attention of a level is made.
    func transformer(_ level: Int) -> LatentTransformer.Options {
        LatentTransformer.Options(
            groups: groups, heads: heads[level], depth: depths[level], contextWidth: contextWidth,
            usesLinearProjection: usesLinearProjection, isUpcast: upcastsAttention)
    }

    func residual(_ scope: ParameterScope, inputs: Int, outputs: Int) -> LatentResidualBlock {
        LatentResidualBlock(scope, inputs: inputs, outputs: outputs, groups: groups, epsilon: epsilon, timeWidth: timeWidth)
    }
}

/// A level on the way down: state `resnets`, `attentions`, `downsamplers.0`.
final class UNetDownLevel: Module {
    let scope: ParameterScope
    private let blocks: [LatentResidualBlock]
    private let attentions: [LatentTransformer]
    private let downsampler: LatentDownsampler?

    init(_ scope: ParameterScope, _ configuration: UNetConfiguration, level: Int) {
        self.scope = scope
        let channels = configuration.channels
        let (before, after) = (channels[max(level - 1, 0)], channels[level])
        let count = configuration.blocks
        blocks = (0..<count).map {
            configuration.residual(scope["resnets"][$0], inputs: $0 == 0 ? before : after, outputs: after)
        }
        attentions =
            configuration.attends[level]
            ? (0..<count).map { LatentTransformer(scope["attentions"][$0], channels: after, configuration.transformer(level)) }
            : []
        downsampler =
            level < channels.count - 1
            ? LatentDownsampler(scope["downsamplers"][0], channels: after, isSymmetric: true) : nil
    }

    func callAsFunction(_ x: Tensor, time: Tensor, context: Tensor, skips: inout [Tensor]) -> Tensor {
        var x = x
        for (index, block) in blocks.enumerated() {
            x = block(x, time: time)
            if index < attentions.count { x = attentions[index](x, context: context) }
            skips.append(x)
        }
        if let downsampler {
            x = downsampler(x)
            skips.append(x)
        }
        return x
    }
}

/// The middle: state `resnets.0`, `attentions.0`, `resnets.1`.
final class UNetMiddle: Module {
    let scope: ParameterScope
    private let blocks: [LatentResidualBlock]
    private let attention: LatentTransformer

    init(_ scope: ParameterScope, _ configuration: UNetConfiguration) {
        self.scope = scope
        let level = configuration.channels.count - 1
        let channels = configuration.channels[level]
        blocks = (0..<2).map { configuration.residual(scope["resnets"][$0], inputs: channels, outputs: channels) }
        attention = LatentTransformer(scope["attentions"][0], channels: channels, configuration.transformer(level))
    }

    func callAsFunction(_ x: Tensor, time: Tensor, context: Tensor) -> Tensor {
        blocks[1](attention(blocks[0](x, time: time), context: context), time: time)
    }
}
