public import TensorCore

/// The shape of Stable Diffusion's autoencoder.
public struct AutoencoderConfiguration: Sendable, Hashable {
    /// Channels of pictures.
    public var pictureChannels = 3
    /// Channels of latents: 4, or 16 in version 3.
    public var latentChannels = 4
    /// Channels of the levels, the finest first.
    public var channels = [128, 256, 512, 512]
    /// Residual blocks of a level of the encoder; the decoder has one more.
    public var blocks = 2
    /// Groups of the normalisations.
    public var groups = 32
    /// Whether a 1x1 convolution follows the encoder.
    public var hasQuantizer = true
    /// Whether a 1x1 convolution comes before the decoder.
    public var hasDequantizer = true
    /// What latents are multiplied by for the denoiser.
    public var scale: Float = 0.18215
    /// What is taken from latents before.
    public var shift: Float = 0

    /// Stable Diffusion 1.5.
    public init() {}

    /// Pixels along each side of a latent's element.
    public var factor: Int { 1 << max(channels.count - 1, 0) }

    /// Refuses numbers that make no network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)``.
    public func validate(source: String) throws(TextToImageError) {
        func check(_ holds: Bool, _ key: String, _ found: Any, _ expected: String) throws(TextToImageError) {
            if !holds { throw .configuration(file: source, key: key, reason: "found \(found), expected \(expected)") }
        }
        try check(pictureChannels == 3, "in_channels", pictureChannels, "3")
        try check((1...64).contains(latentChannels), "latent_channels", latentChannels, "1...64")
        try check((1...8).contains(channels.count), "block_out_channels", channels, "1...8 levels")
        try check((1...16).contains(blocks), "layers_per_block", blocks, "1...16")
        try check((1...1024).contains(groups), "norm_num_groups", groups, "1...1024")
        try check(
            channels.allSatisfy { (1...16384).contains($0) && $0 % groups == 0 }, "block_out_channels", channels,
            "numbers up to 16384 that \(groups) groups divide")
        try check(scale.isFinite && scale != 0, "scaling_factor", scale, "a number that is not 0")
        try check(shift.isFinite, "shift_factor", shift, "a number")
    }
}

/// The autoencoder between pictures and latents (Rombach et al. 2022), as diffusers' `AutoencoderKL`.
///
/// Pictures are `[N, H, W, 3]` in -1...1, latents `[N, H / 8, W / 8, 4]`. State: `encoder`, `decoder`, `quant_conv`,
/// `post_quant_conv`.
public final class LatentAutoencoder: Module {
    public let scope: ParameterScope
    /// The shape.
    public let configuration: AutoencoderConfiguration
    private let encoder: AutoencoderSide
    private let decoder: AutoencoderSide
    private let quantizer: Conv2d?
    private let dequantizer: Conv2d?

    /// Where a picture lies among the latents: independent normal distributions.
    public struct Distribution: Sendable {
        /// `[N, h, w, C]`.
        public var mean: Tensor
        /// The logarithm of the variance, within -30...20.
        public var logVariance: Tensor

        /// Names the tensors.
        public init(mean: Tensor, logVariance: Tensor) { (self.mean, self.logVariance) = (mean, logVariance) }

        /// A latent drawn with standard normal `noise`.
        public func sample(_ noise: Tensor) -> Tensor { mean + (logVariance * 0.5).exp() * noise }
    }

    /// Registers the network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)`` for numbers that make none.
    public init(_ scope: ParameterScope, _ configuration: AutoencoderConfiguration) throws(TextToImageError) {
        try configuration.validate(source: "the autoencoder's configuration")
        self.scope = scope
        self.configuration = configuration
        let latent = configuration.latentChannels
        func pointwise(_ name: String, _ channels: Int) -> Conv2d {
            Conv2d(scope[name], inputChannels: channels, outputChannels: channels, kernelSize: 1)
        }
        encoder = AutoencoderSide(scope["encoder"], configuration, isEncoder: true)
        decoder = AutoencoderSide(scope["decoder"], configuration, isEncoder: false)
        quantizer = configuration.hasQuantizer ? pointwise("quant_conv", 2 * latent) : nil
        dequantizer = configuration.hasDequantizer ? pointwise("post_quant_conv", latent) : nil
    }

    /// Pictures to distributions of latents, as the network has them (not scaled for the denoiser).
    public func encoded(_ pictures: Tensor) -> Distribution { split(moments(pictures)) }

    /// Latents as the network has them to pictures, `[N, H, W, 3]`, about -1...1.
    public func decoded(_ latents: Tensor) -> Tensor {
        ModulePath.named("vae") { decoder(dequantizer.map { $0(latents) } ?? latents) }
    }

    /// Latents as the denoiser has them.
    public func scaled(_ latents: Tensor) -> Tensor {
        latents.affine(scale: configuration.scale, shift: -configuration.shift * configuration.scale)
    }

    /// Latents of the denoiser as the network has them.
    public func unscaled(_ latents: Tensor) -> Tensor {
        latents.affine(scale: 1 / configuration.scale, shift: configuration.shift)
    }

    func moments(_ pictures: Tensor) -> Tensor {
        ModulePath.named("vae") {
            let features = encoder(pictures)
            return quantizer.map { $0(features) } ?? features
        }
    }

    func split(_ moments: Tensor) -> Distribution {
        let parts = moments.converted(to: .float32).split([Int](repeating: configuration.latentChannels, count: 2), axis: 3)
        return Distribution(mean: parts[0], logVariance: parts[1].clamped(to: -30...20))
    }
}
