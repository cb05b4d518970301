internal import TensorCore

/// Attention between two sequences with projections to a smaller width: state `{q,k,v,out}_proj`.
final class SAMCrossAttention: Sendable {
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear
    private let heads: Int

    init(_ scope: ParameterScope, width: Int, inner: Int, heads: Int) {
        query = Linear(scope["q_proj"], inputs: width, outputs: inner)
        key = Linear(scope["k_proj"], inputs: width, outputs: inner)
        value = Linear(scope["v_proj"], inputs: width, outputs: inner)
        output = Linear(scope["out_proj"], inputs: inner, outputs: width)
        self.heads = heads
    }

    /// `[N, L, width]` and twice `[N, S, width]` to `[N, L, width]`.
    func callAsFunction(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
        let mixed = Tensor.attention(query: split(query(q)), key: split(key(k)), value: split(value(v)))
        let (count, length, size) = (q.shape[0], q.shape[1], mixed.shape[2])
        let merged = mixed.reshaped(to: [count, heads, length, size]).permuted([0, 2, 1, 3])
        return output(merged.reshaped(to: [count, length, heads * size]))
    }

    private func split(_ x: Tensor) -> Tensor {
        let (count, length, size) = (x.shape[0], x.shape[1], x.shape[2] / heads)
        return x.reshaped(to: [count, length, heads, size]).permuted([0, 2, 1, 3])
            .reshaped(to: [count * heads, length, size])
    }
}

/// A layer in which tokens attend to themselves and the image, and the image to the tokens.
final class SAMTwoWayLayer: Sendable {
    private let own: SAMCrossAttention
    private let toImage: SAMCrossAttention
    private let toTokens: SAMCrossAttention
    private let norms: [LayerNorm]
    private let expansion: Linear
    private let contraction: Linear
    private let isFirst: Bool

    init(_ scope: ParameterScope, _ configuration: SAMConfiguration, isFirst: Bool) {
        let (width, heads) = (configuration.channels, configuration.decoderHeads)
        own = SAMCrossAttention(scope["self_attn"], width: width, inner: width, heads: heads)
        toImage = SAMCrossAttention(scope["cross_attn_token_to_image"], width: width, inner: width / 2, heads: heads)
        toTokens = SAMCrossAttention(scope["cross_attn_image_to_token"], width: width, inner: width / 2, heads: heads)
        norms = (1...4).map { LayerNorm(scope["norm\($0)"], width: width) }
        expansion = Linear(scope["mlp"]["lin1"], inputs: width, outputs: configuration.decoderHidden)
        contraction = Linear(scope["mlp"]["lin2"], inputs: configuration.decoderHidden, outputs: width)
        self.isFirst = isFirst
    }

    func callAsFunction(_ tokens: Tensor, _ image: Tensor, _ tokenPlaces: Tensor, _ places: Tensor) -> (Tensor, Tensor) {
        // The first layer's tokens are their own positions: it has neither the sum nor the residual.
        let placed = isFirst ? tokens : tokens + tokenPlaces
        let attended = own(placed, placed, tokens)
        var x = norms[0](isFirst ? attended : tokens + attended)
        let keys = image + places
        x = norms[1](x + toImage(x + tokenPlaces, keys, image))
        x = norms[2](x + contraction(expansion(x, activation: .relu)))
        return (x, norms[3](image + toTokens(keys, x + tokenPlaces, x)))
    }
}

/// The decoder's transformer: two layers and a last attention of the tokens to the image.
final class SAMTwoWayTransformer: Sendable {
    private let layers: [SAMTwoWayLayer]
    private let last: SAMCrossAttention
    private let norm: LayerNorm

    init(_ scope: ParameterScope, _ configuration: SAMConfiguration) {
        let width = configuration.channels
        layers = (0..<2).map { SAMTwoWayLayer(scope["layers"][$0], configuration, isFirst: $0 == 0) }
        last = SAMCrossAttention(
            scope["final_attn_token_to_image"], width: width, inner: width / 2, heads: configuration.decoderHeads)
        norm = LayerNorm(scope["norm_final_attn"], width: width)
    }

    /// Tokens `[N, L, C]`, the image's `[N, S, C]` and its places `[1, S, C]` to tokens and image.
    func callAsFunction(_ tokens: Tensor, _ image: Tensor, _ places: Tensor) -> (tokens: Tensor, image: Tensor) {
        var (x, map) = (tokens, image)
        for layer in layers { (x, map) = layer(x, map, tokens, places) }
        return (norm(x + last(x + tokens, map + places, map)), map)
    }
}
