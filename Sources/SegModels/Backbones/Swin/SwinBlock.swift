internal import TensorCore

/// A block: `x += attention(norm1(x))`, then `x += feedForward(norm2(x))`, on maps `[N, h, w, width]`.
final class SwinBlock: Sendable {
    private let attentionNorm: LayerNorm
    private let attention: WindowAttention
    private let feedForwardNorm: LayerNorm
    private let expansion: Linear
    private let contraction: Linear

    init(_ scope: ParameterScope, width: Int, heads: Int, _ windows: WindowShape, _ mask: ShiftMask) {
        attentionNorm = LayerNorm(scope["norm1"], width: width)
        attention = WindowAttention(scope["attn"], width: width, heads: heads, windows, mask)
        feedForwardNorm = LayerNorm(scope["norm2"], width: width)
        expansion = Linear(scope["mlp"]["fc1"], inputs: width, outputs: 4 * width)
        contraction = Linear(scope["mlp"]["fc2"], inputs: 4 * width, outputs: width)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = x + attention(attentionNorm(x))
        return y + contraction(expansion(feedForwardNorm(y), activation: .geluErf))
    }
}

/// Half the size and twice the channels: four neighbours side by side, normalised and reduced.
final class PatchMerging: Sendable {
    private let norm: LayerNorm
    private let reduction: Linear

    init(_ scope: ParameterScope, width: Int) {
        norm = LayerNorm(scope["norm"], width: 4 * width)
        reduction = Linear(scope["reduction"], inputs: 4 * width, outputs: 2 * width, bias: false)
    }

    /// `[N, h, w, C]` to `[N, ceil(h / 2), ceil(w / 2), 2 C]`; odd maps get zeros at the bottom and right.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (rows, columns) = ((x.shape[1] + 1) / 2, (x.shape[2] + 1) / 2)
        let insets = EdgeInsets2D(bottom: 2 * rows - x.shape[1], right: 2 * columns - x.shape[2])
        let even = insets == 0 ? x : x.padded(by: insets)
        let channels = x.shape[3]
        // Neighbours in the order of the reference: the rows of the left column, then those of the right.
        let neighbours = even.reshaped(to: [x.shape[0], rows, 2, columns, 2, channels]).permuted([0, 1, 3, 4, 2, 5])
        return reduction(norm(neighbours.reshaped(to: [x.shape[0], rows, columns, 4 * channels])))
    }
}
