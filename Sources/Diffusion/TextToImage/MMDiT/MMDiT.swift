public import TensorCore

/// The denoiser of Stable Diffusion 3 (Esser et al. 2024): tokens of the picture and of the text attend to one another, each with weights of
/// its own; diffusers' `SD3Transformer2DModel`.
///
/// Shapes: latents `[N, H, W, C]`, timesteps, the texts' states `[N, S, contextWidth]` and own vectors `[N, pooledWidth]` to
/// `[N, H, W, C]`. State: `pos_embed`, `time_text_embed`, `context_embedder`, `transformer_blocks`, `norm_out`, `proj_out`.
public final class MMDiT: Module {
    public let scope: ParameterScope
    /// The shape.
    public let configuration: MMDiTConfiguration
    private let positions: PatchPositions
    private let moment: MMDiTCondition
    private let context: Linear
    private let blocks: [MMDiTBlock]
    private let modulation: Linear
    private let outward: Linear

    /// Registers the network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)`` for numbers that make none.
    public init(_ scope: ParameterScope, _ configuration: MMDiTConfiguration) throws(TextToImageError) {
        try configuration.validate(source: "the transformer's configuration")
        self.scope = scope
        self.configuration = configuration
        let (width, patch) = (configuration.width, configuration.patch)
        positions = PatchPositions(scope["pos_embed"], configuration)
        moment = MMDiTCondition(scope["time_text_embed"], configuration)
        context = Linear(scope["context_embedder"], inputs: configuration.contextWidth, outputs: width)
        blocks = (0..<configuration.depth).map { MMDiTBlock(scope["transformer_blocks"][$0], configuration, index: $0) }
        modulation = Linear(scope["norm_out"]["linear"], inputs: width, outputs: 2 * width)
        outward = Linear(
            scope["proj_out"], inputs: width, outputs: patch * patch * configuration.latentChannels)
    }

    /// Runs the network.
    ///
    /// - Parameter residuals: what ControlNets add to the picture's tokens, each behind as many blocks as the others.
    /// - Precondition: sides that the patch divides, and no more tokens along one than ``MMDiTConfiguration/largestGrid``.
    public func callAsFunction(
        _ latent: Tensor, timesteps: [Float], context states: Tensor, pooled vector: Tensor, residuals: [Tensor] = []
    ) -> Tensor {
        ModulePath.named("mmdit") {
            let patch = configuration.patch
            let (batch, height, width) = (latent.shape[0], latent.shape[1] / patch, latent.shape[2] / patch)
            var x = positions(latent)
            let condition = moment(timesteps, pooled: vector, beside: latent)
            var y = context(states)
            for (index, block) in blocks.enumerated() {
                (x, y) = block(x, y, condition)
                guard !residuals.isEmpty, index < blocks.count - 1 else { continue }
                // The reference divides in floating point, and so does this.
                x = x + residuals[Int(Double(index) / (Double(blocks.count) / Double(residuals.count)))]
            }
            let parts = modulation(condition).expanded(at: 1).split([configuration.width, configuration.width], axis: 2)
            let normed = x.layerNorm(epsilon: 1e-6) * (1 + parts[0]) + parts[1]
            return outward(normed).reshaped(to: [batch, height, width, patch, patch, configuration.latentChannels])
                .permuted([0, 1, 3, 2, 4, 5])
                .reshaped(to: [batch, height * patch, width * patch, configuration.latentChannels])
        }
    }

    /// A latent as tokens, which ControlNets without positions of their own take.
    func tokens(_ latent: Tensor) -> Tensor { positions(latent) }
}
