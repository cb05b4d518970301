internal import TensorCore

/// Self-attention over a map whose scores get a learned term for the rows and one for the columns between two places (ViTDet).
///
/// State: `qkv`, `proj`, `rel_pos_h` and `rel_pos_w [2 side - 1, width / heads]`. Both terms are products of the unscaled query with
/// the table's vectors. They join the product of queries and keys as further channels, whose keys are one-hot rows and columns: the
/// scores of a large map are never held as a whole.
final class SAMAttention: Sendable {
    private let projection: Linear
    private let output: Linear
    private let rowTable: Parameter
    private let columnTable: Parameter
    private let heads: Int
    private let side: Int

    init(_ scope: ParameterScope, width: Int, heads: Int, side: Int) {
        projection = Linear(scope["qkv"], inputs: width, outputs: 3 * width)
        output = Linear(scope["proj"], inputs: width, outputs: width)
        let shape: Shape = [2 * side - 1, width / heads]
        rowTable = scope.parameter("rel_pos_h", shape: shape, initializer: .zeros)
        columnTable = scope.parameter("rel_pos_w", shape: shape, initializer: .zeros)
        self.heads = heads
        self.side = side
    }

    /// Maps `[N, side, side, width]` to the same.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (count, width, places) = (x.shape[0], x.shape[3], side * side)
        let size = width / heads
        let parts = projection(x.reshaped(to: [count, places, width]))
            .reshaped(to: [count, places, 3, heads, size]).permuted([2, 0, 3, 1, 4])
            .reshaped(to: [3, count * heads, places, size])
        let query = parts.selecting(axis: 0, index: 0)
        let scaled = query * (1 / Float(size).squareRoot())
        let wideQuery = Tensor.concatenated([scaled, rowTerms(query), columnTerms(query)], axis: 2)
        let marks = placeMarks(beside: query).broadcast(to: [count * heads, places, 2 * side])
        let wideKey = Tensor.concatenated([parts.selecting(axis: 0, index: 1), marks], axis: 2)
        let mixed = Tensor.attention(query: wideQuery, key: wideKey, value: parts.selecting(axis: 0, index: 2), scale: 1)
        let merged = mixed.reshaped(to: [count, heads, places, size]).permuted([0, 2, 1, 3])
        return output(merged.reshaped(to: x.shape))
    }

    /// What every query adds to the scores of a key's row, `[B, places, side]`.
    private func rowTerms(_ query: Tensor) -> Tensor {
        let (batch, size) = (query.shape[0], query.shape[2])
        let rows = query.reshaped(to: [batch, side, side, size]).permuted([1, 0, 2, 3])
            .reshaped(to: [side, batch * side, size])
        return rows.matmul(vectors(rowTable, query), transposed: .right)
            .reshaped(to: [side, batch, side, side]).permuted([1, 0, 2, 3])
            .reshaped(to: [batch, side * side, side])
    }

    /// What every query adds to the scores of a key's column, `[B, places, side]`.
    private func columnTerms(_ query: Tensor) -> Tensor {
        let (batch, size) = (query.shape[0], query.shape[2])
        let columns = query.reshaped(to: [batch, side, side, size]).permuted([2, 0, 1, 3])
            .reshaped(to: [side, batch * side, size])
        return columns.matmul(vectors(columnTable, query), transposed: .right)
            .reshaped(to: [side, batch, side, side]).permuted([1, 2, 0, 3])
            .reshaped(to: [batch, side * side, side])
    }

    /// The table's vectors for the query's and the key's row or column, `[side, side, width / heads]`.
    private func vectors(_ table: Parameter, _ query: Tensor) -> Tensor {
        let value = table.value
        let indices = (0..<side).flatMap { from in (0..<side).map { Int64(from - $0 + side - 1) } }
        return value.gathered(at: Tensor(indices, shape: [side * side], beside: value))
            .reshaped(to: [side, side, value.shape[1]]).converted(to: query.dtype)
    }

    /// The row and the column of every place, one-hot, `[1, places, 2 side]`.
    private func placeMarks(beside other: Tensor) -> Tensor {
        var marks = [Float](repeating: 0, count: 2 * side * side * side)
        for place in 0..<(side * side) {
            marks[place * 2 * side + place / side] = 1
            marks[place * 2 * side + side + place % side] = 1
        }
        return Tensor(marks, shape: [1, side * side, 2 * side], beside: other).converted(to: other.dtype)
    }
}
