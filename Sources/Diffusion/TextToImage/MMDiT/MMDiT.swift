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
    private let patches: Conv2d
    private let positions: Parameter
    private let time: LatentTimeEmbedding
    private let pooled: (first: Linear, second: Linear)
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
        patches = Conv2d(
            scope["pos_embed"]["proj"], inputChannels: configuration.latentChannels, outputChannels: width,
            kernelSize: Size2D(patch), ConvolutionOptions(stride: Size2D(patch)))
        let places = configuration.largestGrid * configuration.largestGrid
        positions = scope["pos_embed"].parameter("pos_embed", shape: [1, places, width], initializer: .zeros)
        let embedders = scope["time_text_embed"]
        time = LatentTimeEmbedding(embedders["timestep_embedder"], width: 256, outputs: width)
        let text = embedders["text_embedder"]
        pooled = (
            Linear(text["linear_1"], inputs: configuration.pooledWidth, outputs: width),
            Linear(text["linear_2"], inputs: width, outputs: width)
        )
        context = Linear(scope["context_embedder"], inputs: configuration.contextWidth, outputs: width)
        blocks = (0..<configuration.depth).map { MMDiTBlock(scope["transformer_blocks"][$0], configuration, index: $0) }
        modulation = Linear(scope["norm_out"]["linear"], inputs: width, outputs: 2 * width)
        outward = Linear(
            scope["proj_out"], inputs: width, outputs: patch * patch * configuration.latentChannels)
    }

    /// Runs the network.
    ///
    /// - Precondition: sides that the patch divides, and no more tokens along one than ``MMDiTConfiguration/largestGrid``.
    public func callAsFunction(_ latent: Tensor, timesteps: [Float], context states: Tensor, pooled vector: Tensor) -> Tensor {
        ModulePath.named("mmdit") {
            let patch = configuration.patch
            let (batch, height, width) = (latent.shape[0], latent.shape[1] / patch, latent.shape[2] / patch)
            precondition(
                max(height, width) <= configuration.largestGrid,
                "MMDiT: \(width)x\(height) tokens, at most \(configuration.largestGrid) along a side")
            let tokens = patches(latent).reshaped(to: [batch, height * width, configuration.width])
            var x = tokens + grid(height, width).converted(to: latent.dtype)
            let moment = time(timesteps, beside: latent)
            let condition = (moment + pooled.second(pooled.first(vector, activation: .silu))).silu()
            var y = context(states)
            for block in blocks { (x, y) = block(x, y, condition) }
            let parts = modulation(condition).expanded(at: 1).split([configuration.width, configuration.width], axis: 2)
            let normed = x.layerNorm(epsilon: 1e-6) * (1 + parts[0]) + parts[1]
            return outward(normed).reshaped(to: [batch, height, width, patch, patch, configuration.latentChannels])
                .permuted([0, 1, 3, 2, 4, 5])
                .reshaped(to: [batch, height * patch, width * patch, configuration.latentChannels])
        }
    }

    /// The middle of the stored positions, `[1, height * width, D]`.
    private func grid(_ height: Int, _ width: Int) -> Tensor {
        let side = configuration.largestGrid
        let all = positions.value.reshaped(to: [side, side, configuration.width])
        return all.sliced(axis: 0, from: (side - height) / 2, count: height)
            .sliced(axis: 1, from: (side - width) / 2, count: width)
            .reshaped(to: [1, height * width, configuration.width])
    }
}
