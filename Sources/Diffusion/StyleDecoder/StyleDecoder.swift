public import TensorCore

/// A StyleGAN2-style generator of masks under the conditions of a ``UQDD`` (section 4.7.2, table 8): one pass from noise to a mask.
///
/// A prior encoder turns the conditions of all levels into a latent vector, which joins Gaussian noise; a mapping network makes the
/// style of it, and modulated convolutions (Karras et al. 2020) grow a mask from a learned 4 x 4 constant, each resolution adding its
/// part of the mask. Its noise is the noisy mask at the last timestep, so that a ``DDIMSampler`` of one step draws from it and the ensemble
/// has different masks.
///
/// The paper says no more. Chosen here: the encoder ends at 4 x 4, so that the latent vector knows places; the shape's numbers are
/// those of a ``UQDDConfiguration``; it is trained with the diffusion loss at the last timestep, without a discriminator.
public final class StyleDecoder: MaskDenoiser {
    /// Side of the learned constant and of the last map of the encoder.
    static let baseSide = 4

    public let scope: ParameterScope
    /// The shape; resolution, channels and embedding count.
    public let configuration: UQDDConfiguration
    private let priors: PriorEncoder
    private let mapping: [Linear]
    private let constant: Parameter
    private let blocks: [StyleBlock]

    /// Registers the decoder.
    ///
    /// - Parameters:
    ///   - scope: where.
    ///   - configuration: its shape; the resolution is 8 or more, a power of two.
    ///   - conditionChannels: one number a level.
    public init(_ scope: ParameterScope, _ configuration: UQDDConfiguration, conditionChannels: [Int]) {
        precondition(Self.takes(configuration.resolution), "StyleDecoder: resolution \(configuration.resolution)")
        self.scope = scope
        self.configuration = configuration
        let (width, channels) = (configuration.embedding, configuration.channels)
        let coarsest = channels[channels.count - 1]
        priors = PriorEncoder(scope["priors"], configuration, conditionChannels: conditionChannels)
        let latent = width + Self.noiseWidth(configuration)
        mapping = (0..<2).map { Linear(scope["mapping"][$0], inputs: $0 == 0 ? latent : width, outputs: width) }
        constant = scope.parameter(
            "constant", shape: [1, Self.baseSide, Self.baseSide, coarsest], initializer: .normal(mean: 0, deviation: 1))
        var (side, inputs, blocks) = (Self.baseSide, coarsest, [StyleBlock]())
        while side <= configuration.resolution {
            let outputs = Self.channels(atSide: side, configuration)
            blocks.append(
                StyleBlock(
                    scope["blocks"][blocks.count], inputs: inputs, outputs: outputs, style: width, grows: side > Self.baseSide))
            (side, inputs) = (side * 2, outputs)
        }
        self.blocks = blocks
    }

    /// Whether a resolution is 4 times a power of two, at least 8.
    static func takes(_ resolution: Int) -> Bool { resolution >= 2 * baseSide && resolution & (resolution - 1) == 0 }

    /// Gaussian numbers of a latent vector: as many as the latent has, as far as the noisy mask has them.
    private static func noiseWidth(_ configuration: UQDDConfiguration) -> Int {
        min(configuration.embedding, configuration.resolution * configuration.resolution)
    }

    private static func channels(atSide side: Int, _ configuration: UQDDConfiguration) -> Int {
        let level = (configuration.resolution / side).trailingZeroBitCount
        return configuration.channels[min(level, configuration.channels.count - 1)]
    }

    public var resolution: Int { configuration.resolution }
    public var levelCount: Int { configuration.channels.count }
    public var isGenerator: Bool { true }

    public func prepared(for conditions: MaskConditions, precision: Precision) -> any PreparedDenoiser {
        let levels = conditions.levels.map { $0.converted(to: precision.activations) }
        return PreparedStyleDecoder(decoder: self, latent: priors(levels), precision: precision)
    }

    /// `x`: noise, `[N, s, s, 1]`; `latent`: `[N or 1, embedding]`.
    func mask(_ x: Tensor, latent: Tensor) -> Tensor {
        let count = x.shape[0]
        let noise = x.reshaped(to: [count, resolution * resolution])
            .sliced(axis: 1, from: 0, count: Self.noiseWidth(configuration))
        var style = Tensor.concatenated([latent.broadcast(to: [count, latent.shape[1]]), noise], axis: 1)
        for layer in mapping { style = layer(style).leakyReLU(slope: 0.2) }
        var hidden = constant.value.converted(to: x.dtype).broadcast(to: constant.shape.replacing(axis: 0, with: count))
        var mask: Tensor?
        for block in blocks { (hidden, mask) = block(hidden, mask: mask, style: style, noise: x) }
        return mask ?? x
    }
}

/// A ``StyleDecoder`` with the conditions of its queries.
private struct PreparedStyleDecoder: PreparedDenoiser {
    let decoder: StyleDecoder
    let latent: Tensor
    let precision: Precision

    func callAsFunction(_ x: Tensor, timesteps: Tensor) -> DenoiserOutput {
        let noise = x.converted(to: precision.activations)
        return DenoiserOutput(prediction: decoder.mask(noise, latent: latent).converted(to: .float32))
    }
}
