internal import TensorCore

/// A scalar per image (timestep, or predicted IoU times 1000) as a vector: sinusoids, then two linear layers.
///
/// Every user of the embedding applies SiLU first, so it is applied once here.
final class TimestepEmbedding: Module {
    let scope: ParameterScope
    private let linear1: Linear
    private let linear2: Linear
    private let frequencies: [Float]

    init(_ scope: ParameterScope, _ configuration: UQDDConfiguration) {
        self.scope = scope
        linear1 = Linear(scope["linear1"], inputs: configuration.sinusoid, outputs: configuration.embedding)
        linear2 = Linear(scope["linear2"], inputs: configuration.embedding, outputs: configuration.embedding)
        frequencies = Sinusoid.frequencies(count: configuration.sinusoid / 2)
    }

    /// `[N]` to `[N, embedding]`, float32.
    func callAsFunction(_ value: Tensor) -> Tensor {
        let row = Tensor(frequencies, shape: [1, frequencies.count], beside: value)
        let angles = value.reshaped(to: [value.count, 1]) * row
        let code = Tensor.concatenated([angles.cos(), angles.sin()], axis: 1)
        return linear2(linear1(code, activation: .silu), activation: .silu)
    }
}
