public import TensorCore

/// Multi-head attention as diffusers names it: state `to_q`, `to_k`, `to_v`, `to_out.0`.
///
/// The scores stream over blocks of queries (`Tensor.attention`), so that the whole matrix never exists: at 512 px it would have half
/// a GiB for every image.
///
/// Shapes: `[N, L, width]` and a context `[N, S, contextWidth]` to `[N, L, width]`.
public final class LatentAttention: Module {
    public let scope: ParameterScope
    private let toQuery: Linear
    private let toKey: Linear
    private let toValue: Linear
    private let toOutput: Linear
    private let heads: Int
    private let isUpcast: Bool

    /// Registers the projections.
    ///
    /// - Parameters:
    ///   - scope: where they go.
    ///   - width: of tokens.
    ///   - heads: that divide it.
    ///   - contextWidth: of the context; nil for attention within the tokens.
    ///   - bias: whether queries, keys and values have one.
    ///   - isUpcast: whether scores are float32 whatever the activations are.
    public init(
        _ scope: ParameterScope, width: Int, heads: Int, contextWidth: Int? = nil, bias: Bool = false, isUpcast: Bool = false
    ) {
        precondition(width % heads == 0, "\(scope.path): \(heads) heads do not divide the width \(width)")
        self.scope = scope
        self.heads = heads
        self.isUpcast = isUpcast
        toQuery = Linear(scope["to_q"], inputs: width, outputs: width, bias: bias)
        toKey = Linear(scope["to_k"], inputs: contextWidth ?? width, outputs: width, bias: bias)
        toValue = Linear(scope["to_v"], inputs: contextWidth ?? width, outputs: width, bias: bias)
        toOutput = Linear(scope["to_out"][0], inputs: width, outputs: width)
    }

    /// Attends from `x` to `context`, to itself by default.
    public func callAsFunction(_ x: Tensor, context: Tensor? = nil) -> Tensor {
        let source = context ?? x
        let attended = Tensor.attention(query: split(toQuery(x)), key: split(toKey(source)), value: split(toValue(source)))
        let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2])
        let merged = attended.reshaped(to: [batch, heads, length, width / heads]).permuted([0, 2, 1, 3])
        return toOutput(merged.reshaped(to: [batch, length, width]).converted(to: x.dtype))
    }

    private func split(_ x: Tensor) -> Tensor {
        let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2])
        let parts = x.reshaped(to: [batch, length, heads, width / heads]).permuted([0, 2, 1, 3])
            .reshaped(to: [batch * heads, length, width / heads])
        return isUpcast ? parts.converted(to: .float32) : parts
    }
}
