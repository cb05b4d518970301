internal import TensorCore

/// Attention of a map's mean to the map: one vector an image, in the joint space.
///
/// State: `positional_embedding [1 + h * w, width]`, and `q_proj`, `k_proj`, `v_proj`, `c_proj` with `weight` and `bias`.
final class AttentionPool: Sendable {
    private let positions: PositionEmbedding
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear
    private let heads: Int

    init(_ scope: ParameterScope, grid: Size2D, width: Int, heads: Int, dimension: Int) {
        self.heads = heads
        positions = PositionEmbedding(scope, "positional_embedding", grid: grid, width: width)
        query = Linear(scope["q_proj"], inputs: width, outputs: width)
        key = Linear(scope["k_proj"], inputs: width, outputs: width)
        value = Linear(scope["v_proj"], inputs: width, outputs: width)
        output = Linear(scope["c_proj"], inputs: width, outputs: dimension)
    }

    /// `[N, h, w, width]` to `[N, dimension]`.
    func callAsFunction(_ map: Tensor) -> Tensor {
        let grid = Size2D(height: map.shape[1], width: map.shape[2])
        let places = map.tokens()
        let x =
            Tensor.concatenated([places.mean(axes: [1], keepingDimensions: true), places], axis: 1)
            + positions(grid).converted(to: map.dtype)
        let attended = Tensor.attention(
            query: split(query(x.sliced(axis: 1, from: 0, count: 1))), key: split(key(x)), value: split(value(x)))
        return output(attended.reshaped(to: [map.shape[0], map.shape[3]]))
    }

    /// The value path alone: every place of `[N, h, w, width]` as if attention saw nothing else and had no position,
    /// `[N, h, w, dimension]`.
    func dense(_ map: Tensor) -> Tensor { output(value(map)) }

    /// `[N, L, width]` to `[N * heads, L, width / heads]`.
    private func split(_ x: Tensor) -> Tensor {
        let (count, length, size) = (x.shape[0], x.shape[1], x.shape[2] / heads)
        return x.reshaped(to: [count, length, heads, size]).permuted([0, 2, 1, 3]).reshaped(to: [count * heads, length, size])
    }
}
