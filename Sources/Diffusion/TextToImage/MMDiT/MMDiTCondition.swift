internal import TensorCore

/// What modulates the blocks of ``MMDiT`` and ``MMDiTControlNet``: the time and the text's own vector as one. State: `timestep_embedder`,
/// `text_embedder`.
final class MMDiTCondition: Module {
    let scope: ParameterScope
    private let time: LatentTimeEmbedding
    private let first: Linear
    private let second: Linear

    init(_ scope: ParameterScope, _ configuration: MMDiTConfiguration) {
        self.scope = scope
        let width = configuration.width
        time = LatentTimeEmbedding(scope["timestep_embedder"], width: 256, outputs: width)
        let text = scope["text_embedder"]
        first = Linear(text["linear_1"], inputs: configuration.pooledWidth, outputs: width)
        second = Linear(text["linear_2"], inputs: width, outputs: width)
    }

    /// `[N, width]`, past its activation, for timesteps and the texts' own vectors.
    func callAsFunction(_ timesteps: [Float], pooled vector: Tensor, beside other: Tensor) -> Tensor {
        (time(timesteps, beside: other) + second(first(vector, activation: .silu))).silu()
    }
}
