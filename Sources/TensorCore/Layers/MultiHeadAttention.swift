/// Multi-head attention with separate projections.
///
/// Shapes: query `[B, L, width]`, context `[B, S, contextWidth]`, output `[B, L, width]`. State: `to_q`, `to_k`, `to_v`
/// (`weight`, optional `bias`) and `to_out` (`weight`, `bias`).
public final class MultiHeadAttention: Module {
    public let scope: ParameterScope
    private let toQuery: Linear
    private let toKey: Linear
    private let toValue: Linear
    private let toOutput: Linear
    private let heads: Int

    /// Registers the projections.
    ///
    /// - Precondition: `heads` divides `width`.
    public init(_ scope: ParameterScope, width: Int, heads: Int, contextWidth: Int? = nil, bias: Bool = false) {
        require(width % heads == 0, "MultiHeadAttention", "\(heads) heads do not divide width \(width)")
        self.scope = scope
        self.heads = heads
        toQuery = Linear(scope["to_q"], inputs: width, outputs: width, bias: bias)
        toKey = Linear(scope["to_k"], inputs: contextWidth ?? width, outputs: width, bias: bias)
        toValue = Linear(scope["to_v"], inputs: contextWidth ?? width, outputs: width, bias: bias)
        toOutput = Linear(scope["to_out"], inputs: width, outputs: width)
    }

    /// Attends from `x` to `context` (to itself by default).
    public func callAsFunction(_ x: Tensor, context: Tensor? = nil, bias: Tensor? = nil) -> Tensor {
        let source = context ?? x
        let attended = Tensor.attention(
            query: split(toQuery(x)), key: split(toKey(source)), value: split(toValue(source)), bias: bias)
        return toOutput(merge(attended, batch: x.shape[0]))
    }

    /// `[B, L, width]` to `[B * heads, L, width / heads]`.
    private func split(_ x: Tensor) -> Tensor {
        let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2])
        return x.reshaped(to: [batch, length, heads, width / heads]).permuted([0, 2, 1, 3])
            .reshaped(to: [batch * heads, length, width / heads])
    }

    private func merge(_ x: Tensor, batch: Int) -> Tensor {
        let (length, width) = (x.shape[1], x.shape[2])
        return x.reshaped(to: [batch, heads, length, width]).permuted([0, 2, 1, 3])
            .reshaped(to: [batch, length, heads * width])
    }
}
