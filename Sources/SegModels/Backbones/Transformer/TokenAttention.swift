public import TensorCore

/// Self-attention of tokens with one joint projection to queries, keys and values.
///
/// State as ``TransformerNames`` says: the projection's weight `[3 width, width]` and bias `[3 width]`, rows ordered query, key,
/// value, and the output layer.
public final class TokenAttention: Sendable {
    /// Turns queries or keys `[N * heads, L, width / heads]`, for positions that act there.
    public typealias Rotation = @Sendable (Tensor) -> Tensor

    private let weight: Parameter
    private let bias: Parameter
    private let output: Linear
    private let heads: Int
    private let width: Int
    private let valuePart = DerivedValue<FoldedConvolution>()

    /// Registers the projections.
    ///
    /// - Precondition: the heads divide the width.
    public init(_ scope: ParameterScope, _ options: TransformerOptions) {
        let (width, names) = (options.width, options.names)
        precondition(width % options.heads == 0, "\(scope.path): \(options.heads) heads do not divide the width \(width)")
        self.width = width
        heads = options.heads
        weight = scope.parameter(names.projectionWeight, shape: [3 * width, width], initializer: .xavierUniform)
        bias = scope.parameter(names.projectionBias, shape: [3 * width], initializer: .zeros)
        output = Linear(scope[names.attentionOutput], inputs: width, outputs: width)
    }

    /// Attends within `x`.
    ///
    /// - Parameters:
    ///   - x: `[N, L, width]`.
    ///   - mask: is added to the scaled scores, `[L, L]` or what broadcasts to `[N * heads, L, L]`.
    ///   - pairing: what is compared.
    ///   - rotation: acts on queries and keys.
    /// - Returns: `[N, L, width]`.
    public func callAsFunction(
        _ x: Tensor, mask: Tensor? = nil, pairing: AttentionPairing = .queryKey, rotation: Rotation? = nil
    ) -> Tensor {
        if pairing == .identity { return output(values(x)) }
        let (batch, length, size) = (x.shape[0], x.shape[1], width / heads)
        let parts = x.linear(weight: weight.value, bias: bias.value)
            .reshaped(to: [batch, length, 3, heads, size]).permuted([2, 0, 3, 1, 4])
            .reshaped(to: [3, batch * heads, length, size])
        func part(_ index: Int) -> Tensor { parts.selecting(axis: 0, index: index) }
        let value = part(2)
        let (query, key) =
            switch pairing {
            case .queryKey, .identity: (part(0), part(1))
            case .queryQuery: (part(0), part(0))
            case .keyKey: (part(1), part(1))
            case .valueValue: (value, value)
            }
        let attended = Tensor.attention(
            query: rotation.map { $0(query) } ?? query, key: rotation.map { $0(key) } ?? key, value: value, bias: mask)
        let merged = attended.reshaped(to: [batch, heads, length, size]).permuted([0, 2, 1, 3])
        return output(merged.reshaped(to: [batch, length, width]))
    }

    /// The values of tokens, before the output layer.
    private func values(_ x: Tensor) -> Tensor {
        let (weight, bias, width) = (weight, bias, width)
        @Sendable func part() -> FoldedConvolution {
            FoldedConvolution(
                weight: weight.value.sliced(axis: 0, from: 2 * width, count: width),
                bias: bias.value.sliced(axis: 0, from: 2 * width, count: width))
        }
        let isTrained = weight.value.requiresGradient || bias.value.requiresGradient
        let form = isTrained ? part() : valuePart(of: [weight, bias], part)
        return x.linear(weight: form.weight, bias: form.bias)
    }
}
