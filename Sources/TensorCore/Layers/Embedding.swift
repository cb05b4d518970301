/// A table of vectors for integers: state `weight [V, D]` (PyTorch's `Embedding`).
public final class Embedding: Module {
    public let scope: ParameterScope
    /// `[V, D]`.
    public let weight: Parameter

    /// Registers the table, standard normal.
    public init(_ scope: ParameterScope, count: Int, width: Int) {
        self.scope = scope
        weight = scope.parameter("weight", shape: [count, width], initializer: .normal(mean: 0, deviation: 1))
    }

    /// Integers of any shape to `[..., D]`.
    public func callAsFunction(_ indices: Tensor) -> Tensor { weight.value.embedding(indices) }
}
