internal import TensorCore

/// Attention within the windows of TinyViT, with a learned bias for every distance of rows and columns, without sign.
///
/// State: `norm`, `qkv` (a head's query, key and value side by side), `proj` and `attention_biases [heads, side^2]`, in which the
/// distance of rows counts first.
final class SAMTinyViTAttention: Sendable {
    private let norm: LayerNorm
    private let projection: Linear
    private let output: Linear
    private let table: Parameter
    private let heads: Int
    private let side: Int
    private let bias = DerivedValue<Tensor>()

    init(_ scope: ParameterScope, _ stage: SAMTinyViT.Stage) {
        norm = LayerNorm(scope["norm"], width: stage.width)
        projection = Linear(scope["qkv"], inputs: stage.width, outputs: 3 * stage.width)
        output = Linear(scope["proj"], inputs: stage.width, outputs: stage.width)
        table = scope.parameter(
            "attention_biases", shape: [stage.heads, stage.window * stage.window], initializer: .zeros)
        heads = stage.heads
        side = stage.window
    }

    /// Windows `[N, side, side, width]` to the same.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (count, width, places) = (x.shape[0], x.shape[3], side * side)
        let size = width / heads
        let parts = projection(norm(x).reshaped(to: [count, places, width]))
            .reshaped(to: [count, places, heads, 3, size]).permuted([3, 0, 2, 1, 4])
        let query = parts.selecting(axis: 0, index: 0) * (1 / Float(size).squareRoot())
        let scores = query.matmul(parts.selecting(axis: 0, index: 1), transposed: .right)
        let biased = scores + positionBias().converted(to: scores.dtype)
        let mixed = biased.softmax().matmul(parts.selecting(axis: 0, index: 2)).permuted([0, 2, 1, 3])
        return output(mixed.reshaped(to: [count, places, width])).reshaped(to: x.shape)
    }

    /// What is added to the scores of every window, `[heads, places, places]`.
    private func positionBias() -> Tensor {
        let (table, side) = (table, side)
        @Sendable func gathered() -> Tensor {
            let value = table.value
            let (places, heads) = (side * side, value.shape[0])
            let indices = Tensor(Self.distances(side: side), shape: [places * places], beside: value)
            return value.gathered(at: indices, axis: 1).reshaped(to: [heads, places, places])
        }
        return table.value.requiresGradient ? gathered() : bias(of: [table], gathered)
    }

    /// For every query and key of a window the column of the table.
    private static func distances(side: Int) -> [Int64] {
        let places = side * side
        var columns: [Int64] = []
        columns.reserveCapacity(places * places)
        for query in 0..<places {
            for key in 0..<places {
                let (rows, across) = (abs(query / side - key / side), abs(query % side - key % side))
                columns.append(Int64(rows * side + across))
            }
        }
        return columns
    }
}
