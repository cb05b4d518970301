public import TensorCore

/// A ControlNet (Zhang et al. 2023): a copy of the UNet's way down and middle that reads a picture and adds to the UNet's features,
/// as diffusers' `ControlNetModel`. Versions 1.0 and 1.1 have the same shape.
///
/// State: the trunk's names, `controlnet_cond_embedding.{conv_in,blocks.{i},conv_out}`, `controlnet_down_blocks.{i}`,
/// `controlnet_mid_block`.
public final class ControlNet: Module {
    public let scope: ParameterScope
    /// The shape.
    public let configuration: ControlNetConfiguration
    private let trunk: UNetTrunk
    private let hint: ControlHint
    private let skips: [Conv2d]
    private let middle: Conv2d

    /// Registers the network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)`` for numbers that make none.
    public init(_ scope: ParameterScope, _ configuration: ControlNetConfiguration) throws(TextToImageError) {
        try configuration.validate(source: "the ControlNet's configuration")
        self.scope = scope
        self.configuration = configuration
        let unet = configuration.unet
        trunk = UNetTrunk(scope, unet)
        hint = ControlHint(
            scope["controlnet_cond_embedding"], channels: configuration.hintChannels, outputs: unet.channels[0])
        func zero(_ scope: ParameterScope, _ channels: Int) -> Conv2d {
            Conv2d(scope, inputChannels: channels, outputChannels: channels, kernelSize: 1, initializer: .zeros)
        }
        skips = UNetTrunk.skipChannels(unet).enumerated().map { zero(scope["controlnet_down_blocks"][$0], $1) }
        middle = zero(scope["controlnet_mid_block"], unet.channels[unet.channels.count - 1])
    }

    /// How many factors ``callAsFunction(_:timesteps:context:picture:strengths:)`` takes: one a feature that it adds to.
    public var residualCount: Int { skips.count + 1 }

    /// What is added to the UNet's features.
    ///
    /// - Parameters:
    ///   - latent: `[N, H, W, inputs]`.
    ///   - timesteps: one an image.
    ///   - context: the text's states.
    ///   - picture: `[N, 8 H, 8 W, 3]`, RGB in 0...1.
    ///   - strengths: what every addition is multiplied by; one number holds for all.
    public func callAsFunction(
        _ latent: Tensor, timesteps: [Float], context: Tensor, picture: Tensor, strengths: [Float] = [1]
    ) -> LatentUNet.Residuals {
        residuals(latent, timesteps: timesteps, context: context, hint: embedded(picture), strengths: strengths)
    }

    /// The picture as features, which are the same at every step.
    func embedded(_ picture: Tensor) -> Tensor {
        ModulePath.named("controlnet") {
            hint(configuration.isBlueFirst ? picture.flipped(axes: [3]) : picture)
        }
    }

    func residuals(
        _ latent: Tensor, timesteps: [Float], context: Tensor, hint: Tensor, strengths: [Float]
    ) -> LatentUNet.Residuals {
        precondition(
            strengths.count == 1 || strengths.count == residualCount,
            "ControlNet: \(strengths.count) strengths, expected 1 or \(residualCount)")
        return ModulePath.named("controlnet") {
            let output = trunk(latent, timesteps: timesteps, context: context, hint: hint)
            func strength(_ index: Int) -> Float { strengths.count == 1 ? strengths[0] : strengths[index] }
            let added = zip(skips, output.skips).enumerated().map { index, pair in pair.0(pair.1) * strength(index) }
            return LatentUNet.Residuals(skips: added, middle: middle(output.middle) * strength(skips.count))
        }
    }

    /// Strengths that fade from the middle to the finest features by a factor of ten: diffusers' guess mode.
    public func fading(_ strength: Float) -> [Float] {
        (0..<residualCount).map { index in
            let exponent = Double(index) / Double(residualCount - 1) - 1
            return strength * Float(Self.power(10, exponent))
        }
    }
}

/// The shape of a ControlNet.
public struct ControlNetConfiguration: Sendable, Hashable {
    /// The shape of the UNet that it is made for.
    public var unet = UNetConfiguration()
    /// Channels on the way from the picture to the latent's size; every one after the first halves the sides.
    public var hintChannels = [16, 32, 96, 256]
    /// Whether the picture's channels are blue, green, red.
    public var isBlueFirst = false

    /// For Stable Diffusion 1.5.
    public init() {}

    /// Refuses numbers that make no network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)``.
    public func validate(source: String) throws(TextToImageError) {
        try unet.validate(source: source)
        guard (1...8).contains(hintChannels.count), hintChannels.allSatisfy({ (1...4096).contains($0) }) else {
            throw .configuration(
                file: source, key: "conditioning_embedding_out_channels",
                reason: "found \(hintChannels), expected 1...8 numbers of 1...4096")
        }
    }
}
