internal import TensorCore

/// How a map is cut into windows.
struct WindowShape: Sendable {
    /// Rows and columns of a window.
    var side: Int
    /// By how much windows are shifted where a map has more than one along an axis.
    var shift: Int
    var order: Swin.PaddingOrder

    /// A map's size with whole windows.
    func padded(_ size: Size2D) -> Size2D {
        Size2D(height: (size.height + side - 1) / side * side, width: (size.width + side - 1) / side * side)
    }

    /// The shift along the axes of a map; none along an axis that one window covers.
    func shift(of size: Size2D) -> Size2D {
        Size2D(height: size.height > side ? shift : 0, width: size.width > side ? shift : 0)
    }
}

/// Attention within the windows of a map, with a learned bias for every relative position.
///
/// State: `qkv`, `proj` and `relative_position_bias_table [(2 side - 1)^2, heads]`.
final class WindowAttention: Sendable {
    private let projection: Linear
    private let output: Linear
    private let table: Parameter
    private let heads: Int
    private let windows: WindowShape
    private let mask: ShiftMask
    private let bias = DerivedValue<Tensor>()

    init(_ scope: ParameterScope, width: Int, heads: Int, _ windows: WindowShape, _ mask: ShiftMask) {
        projection = Linear(scope["qkv"], inputs: width, outputs: 3 * width)
        output = Linear(scope["proj"], inputs: width, outputs: width)
        let reach = 2 * windows.side - 1
        table = scope.parameter(
            "relative_position_bias_table", shape: [reach * reach, heads], initializer: .normal(mean: 0, deviation: 0.02))
        self.heads = heads
        self.windows = windows
        self.mask = mask
    }

    /// Maps `[N, h, w, C]`, normalised, to the same.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let size = Size2D(height: x.shape[1], width: x.shape[2])
        let (whole, shift) = (windows.padded(size), windows.shift(of: size))
        let insets = EdgeInsets2D(bottom: whole.height - size.height, right: whole.width - size.width)
        func pad(_ x: Tensor) -> Tensor { insets == 0 ? x : x.padded(by: insets) }
        func crop(_ x: Tensor) -> Tensor {
            x.sliced(axis: 1, from: 0, count: size.height).sliced(axis: 2, from: 0, count: size.width)
        }
        func roll(_ x: Tensor, _ sign: Int) -> Tensor {
            x.rolled(by: sign * shift.height, axis: 1).rolled(by: sign * shift.width, axis: 2)
        }
        let isPaddedFirst = windows.order == .padThenShift
        let moved = isPaddedFirst ? roll(pad(x), -1) : pad(roll(x, -1))
        let merged = attended(moved, shift).windowsMerged(into: whole)
        return isPaddedFirst ? crop(roll(merged, 1)) : roll(crop(merged), 1)
    }

    /// The windows of whole maps, each attended.
    private func attended(_ x: Tensor, _ shift: Size2D) -> Tensor {
        let (images, places, width) = (x.shape[0], windows.side * windows.side, x.shape[3])
        let tokens = x.windowPartitioned(Size2D(windows.side))
        let count = tokens.shape[0]
        let parts = projection(tokens.reshaped(to: [count, places, width]))
            .reshaped(to: [count, places, 3, heads, width / heads]).permuted([2, 0, 3, 1, 4])
        let query = parts.selecting(axis: 0, index: 0) * (1 / Float(width / heads).squareRoot())
        var scores = query.matmul(parts.selecting(axis: 0, index: 1), transposed: .right)
        scores = scores + positionBias().converted(to: scores.dtype)
        if shift != 0 {
            let rows = mask(Size2D(height: x.shape[1], width: x.shape[2]), shift, windows.side, beside: x)
            let grouped = scores.reshaped(to: [images, count / images, heads, places, places])
            scores = (grouped + rows.converted(to: scores.dtype)).reshaped(to: scores.shape)
        }
        let mixed = scores.softmax().matmul(parts.selecting(axis: 0, index: 2)).permuted([0, 2, 1, 3])
        let result = output(mixed.reshaped(to: [count, places, width]))
        return result.reshaped(to: [count, windows.side, windows.side, width])
    }

    /// What is added to the scores of every window, `[heads, places, places]`.
    private func positionBias() -> Tensor {
        let side = windows.side
        let table = table
        @Sendable func gathered() -> Tensor {
            let value = table.value
            let (places, heads) = (side * side, value.shape[1])
            let indices = Tensor(Self.relativeIndices(side: side), shape: [places * places], beside: value)
            return value.gathered(at: indices).transposed().reshaped(to: [heads, places, places])
        }
        return table.value.requiresGradient ? gathered() : bias(of: [table], gathered)
    }

    /// For every query and key of a window the row of the table: `(dy + side - 1) * (2 side - 1) + dx + side - 1`, where `dy` and
    /// `dx` are the query's place minus the key's.
    static func relativeIndices(side: Int) -> [Int64] {
        var indices: [Int64] = []
        let (places, reach) = (side * side, 2 * side - 1)
        indices.reserveCapacity(places * places)
        for query in 0..<places {
            for key in 0..<places {
                let row = query / side - key / side + side - 1
                let column = query % side - key % side + side - 1
                indices.append(Int64(row * reach + column))
            }
        }
        return indices
    }
}
