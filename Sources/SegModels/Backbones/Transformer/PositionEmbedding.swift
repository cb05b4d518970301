internal import Synchronization
public import TensorCore

/// Learned positions of a grid of patches, and of tokens before them, at whatever grid an image has.
///
/// The table was learned for one grid; for another the part of the grid is resized and the leading rows stay. State: one
/// parameter, `[leading + h * w, width]` or with a first axis of extent 1.
public final class PositionEmbedding: Sendable {
    /// Resizes a table `[1, h, w, width]` to a grid.
    public typealias Resize = @Sendable (_ table: Tensor, _ grid: Size2D) -> Tensor

    private struct Entry: Sendable {
        var grid: Size2D
        var table: Tensor
        var result: Tensor
    }

    private let table: Parameter
    private let grid: Size2D
    private let leading: Int
    private let resize: Resize
    private let latest = Mutex<Entry?>(nil)

    /// Registers the table, normal of deviation 0.02.
    ///
    /// - Parameters:
    ///   - scope: where the table goes.
    ///   - name: the table's name there.
    ///   - grid: the grid that it was learned for.
    ///   - width: the length of a token.
    ///   - leading: tokens before those of the grid.
    ///   - hasBatchAxis: whether the table has a first axis of extent 1.
    ///   - resize: how it gets to another grid; bicubic with half-pixel centres and without antialiasing by default, as CLIP's
    ///     users and Hugging Face do.
    public init(
        _ scope: ParameterScope, _ name: String, grid: Size2D, width: Int, leading: Int = 1, hasBatchAxis: Bool = false,
        resize: @escaping Resize = { $0.resized(to: $1, .bicubic) }
    ) {
        let rows = leading + grid.height * grid.width
        let shape: Shape = hasBatchAxis ? [1, rows, width] : [rows, width]
        table = scope.parameter(name, shape: shape, initializer: .normal(mean: 0, deviation: 0.02))
        self.grid = grid
        self.leading = leading
        self.resize = resize
    }

    /// The positions of a grid, float32 `[leading + h * w, width]`. The latest grid is remembered as long as the table stays.
    public func callAsFunction(_ wanted: Size2D) -> Tensor {
        let table = table.value
        let rows = table.rank == 3 ? table.squeezed(axis: 0) : table
        if wanted == grid { return rows }
        if table.requiresGradient { return resized(rows, wanted) }
        return latest.withLock { latest in
            if let latest, latest.grid == wanted, latest.table.isSameMemory(as: table) { return latest.result }
            let result = resized(rows, wanted)
            latest = Entry(grid: wanted, table: table, result: result)
            return result
        }
    }

    private func resized(_ rows: Tensor, _ wanted: Size2D) -> Tensor {
        let width = rows.shape[1]
        let learned = rows.sliced(axis: 0, from: leading, count: grid.height * grid.width)
        let places = resize(learned.reshaped(to: [1, grid.height, grid.width, width]), wanted)
            .reshaped(to: [wanted.height * wanted.width, width])
        return leading == 0 ? places : .concatenated([rows.sliced(axis: 0, from: 0, count: leading), places], axis: 0)
    }
}

extension Tensor {
    /// Whether two tensors are the same elements in memory; tensors are immutable, so that they are equal then.
    func isSameMemory(as other: Tensor) -> Bool { buffer.storage === other.buffer.storage }
}
