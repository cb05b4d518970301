public import TensorCore

/// The denoiser of Stable Diffusion 1 and 2 (Rombach et al. 2022), as diffusers' `UNet2DConditionModel`.
///
/// Shapes: latents `[N, H, W, inputs]`, timesteps, the text's states `[N, S, contextWidth]` to `[N, H, W, outputs]`. State: diffusers'
/// names: `conv_in`, `time_embedding`, `down_blocks`, `mid_block`, `up_blocks`, `conv_norm_out`, `conv_out`.
public final class LatentUNet: Module {
    public let scope: ParameterScope
    /// The shape.
    public let configuration: UNetConfiguration
    private let trunk: UNetTrunk
    private let levels: [UNetUpLevel]
    private let norm: GroupNorm
    private let outward: Conv2d

    /// What ControlNets add to the features.
    public struct Residuals: Sendable {
        /// For the features that the way up joins.
        public var skips: [Tensor]
        /// For the middle.
        public var middle: Tensor

        /// Names the tensors.
        public init(skips: [Tensor], middle: Tensor) { (self.skips, self.middle) = (skips, middle) }

        /// The sum of two.
        static func + (lhs: Residuals, rhs: Residuals) -> Residuals {
            Residuals(skips: zip(lhs.skips, rhs.skips).map { $0 + $1 }, middle: lhs.middle + rhs.middle)
        }
    }

    /// Registers the network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)`` for numbers that make none.
    public init(_ scope: ParameterScope, _ configuration: UNetConfiguration) throws(TextToImageError) {
        try configuration.validate(source: "the UNet's configuration")
        self.scope = scope
        self.configuration = configuration
        let channels = configuration.channels
        trunk = UNetTrunk(scope, configuration)
        levels = channels.indices.map { UNetUpLevel(scope["up_blocks"][$0], configuration, index: $0) }
        norm = GroupNorm(
            scope["conv_norm_out"], groups: configuration.groups, channels: channels[0], epsilon: configuration.epsilon)
        outward = Conv2d(
            scope["conv_out"], inputChannels: channels[0], outputChannels: configuration.outputs, kernelSize: 3,
            ConvolutionOptions(padding: 1))
    }

    /// Runs the network.
    ///
    /// - Parameters:
    ///   - latent: `[N, H, W, inputs]`.
    ///   - timesteps: one an image.
    ///   - context: the text's states.
    ///   - residuals: what ControlNets add.
    public func callAsFunction(
        _ latent: Tensor, timesteps: [Float], context: Tensor, residuals: Residuals? = nil
    ) -> Tensor {
        ModulePath.named("unet") {
            let output = trunk(latent, timesteps: timesteps, context: context)
            var skips = output.skips
            var x = output.middle
            if let residuals {
                skips = zip(skips, residuals.skips).map { $0 + $1 }
                x = x + residuals.middle
            }
            for level in levels { x = level(x, time: output.time, context: context, skips: &skips) }
            return outward(norm(x, activation: .silu))
        }
    }
}

/// A level on the way up: state `resnets`, `attentions`, `upsamplers.0`.
final class UNetUpLevel: Module {
    let scope: ParameterScope
    private let blocks: [LatentResidualBlock]
    private let attentions: [LatentTransformer]
    private let upsampler: LatentUpsampler?

    init(_ scope: ParameterScope, _ configuration: UNetConfiguration, index: Int) {
        self.scope = scope
        let channels = configuration.channels
        let level = channels.count - 1 - index
        let (before, after) = (channels[min(level + 1, channels.count - 1)], channels[level])
        let count = configuration.blocks + 1
        blocks = (0..<count).map { block in
            let skip = block == count - 1 ? channels[max(level - 1, 0)] : after
            let inputs = (block == 0 ? before : after) + skip
            return configuration.residual(scope["resnets"][block], inputs: inputs, outputs: after)
        }
        attentions =
            configuration.attends[level]
            ? (0..<count).map { LatentTransformer(scope["attentions"][$0], channels: after, configuration.transformer(level)) }
            : []
        upsampler = level > 0 ? LatentUpsampler(scope["upsamplers"][0], channels: after) : nil
    }

    func callAsFunction(_ x: Tensor, time: Tensor, context: Tensor, skips: inout [Tensor]) -> Tensor {
        var x = x
        for (index, block) in blocks.enumerated() {
            x = block(.concatenated([x, skips.removeLast()], axis: 3), time: time)
            if index < attentions.count { x = attentions[index](x, context: context) }
        }
        guard let upsampler else { return x }
        let size = skips.last.map { Size2D(height: $0.shape[1], width: $0.shape[2]) }
        return upsampler(x, to: size)
    }
}
