internal import TensorCore

/// A backbone's features to vectors in the space of words, place by place.
final class WordHead: Module {
    let scope: ParameterScope
    private let norm: LayerNorm
    private let expansion: Linear
    private let projection: Linear

    init(_ scope: ParameterScope, channels: Int, hidden: Int, dimension: Int) {
        self.scope = scope
        norm = LayerNorm(scope["norm"], width: channels)
        expansion = Linear(scope["expansion"], inputs: channels, outputs: hidden)
        projection = Linear(scope["projection"], inputs: hidden, outputs: dimension)
    }

    /// `[P, channels]` to `[P, dimension]`.
    func callAsFunction(_ places: Tensor) -> Tensor { projection(expansion(norm(places)).gelu()) }
}
