internal import TensorCore

/// Self-attention over the positions of a feature map, residual.
final class SpatialAttention: Module {
    let scope: ParameterScope
    private let norm: GroupNorm
    private let qkv: Linear
    private let projection: Linear
    private let heads: Int

    init(_ scope: ParameterScope, channels: Int, _ configuration: UQDDConfiguration) {
        self.scope = scope
        heads = configuration.heads
        norm = GroupNorm(scope["norm"], groups: configuration.groups, channels: channels)
        qkv = Linear(scope["qkv"], inputs: channels, outputs: 3 * channels)
        projection = Linear(scope["proj"], inputs: channels, outputs: channels)
    }

    /// `[N, H, W, C]` to the same.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (batch, positions, channels) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
        let width = channels / heads
        let parts = qkv(norm(x).reshaped(to: [batch, positions, channels]))
            .reshaped(to: [batch, positions, 3, heads, width])
            .permuted([2, 0, 3, 1, 4])
            .reshaped(to: [3, batch * heads, positions, width])
        let attended = Tensor.attention(
            query: parts.selecting(axis: 0, index: 0), key: parts.selecting(axis: 0, index: 1),
            value: parts.selecting(axis: 0, index: 2))
        let merged = attended.reshaped(to: [batch, heads, positions, width]).permuted([0, 2, 1, 3])
        return x + projection(merged.reshaped(to: x.shape))
    }
}
