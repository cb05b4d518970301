internal import TensorCore

/// How DINOv2's table of positions gets to another grid: bicubic, in one of the ways of its references.
struct PositionResizing: Sendable, Hashable {
    /// Is added to a side before the scale is computed: Meta's guard against a product that rounds below the whole number.
    var offset: Double
    /// Whether positions are low-pass filtered on their way to a smaller grid.
    var antialias: Bool

    /// A table `[1, h, w, width]` for `grid`.
    func callAsFunction(_ table: Tensor, _ grid: Size2D) -> Tensor {
        table.converted(to: .float32).resampled(
            rows: matrix(from: table.shape[1], to: grid.height), columns: matrix(from: table.shape[2], to: grid.width))
    }

    /// How one axis is mapped.
    func matrix(from: Int, to: Int) -> ResamplingMatrix {
        let scale = offset == 0 ? Float(from) / Float(to) : Float(1 / ((Double(to) + offset) / Double(from)))
        let rows = (0..<to).map { antialias ? Self.filtered($0, from: from, scale) : Self.cubic($0, from: from, scale) }
        return ResamplingMatrix(inputs: from, rows: rows)
    }

    /// Four taps of Keys' kernel with a = -0.75, the edge repeated (torch).
    private static func cubic(_ output: Int, from: Int, _ scale: Float) -> [(Int, Float)] {
        let centre = (Float(output) + 0.5) * scale - 0.5
        let low = Int(centre.rounded(.down))
        return (-1...2).map { tap in
            (min(max(low + tap, 0), from - 1), weight(Float(low + tap) - centre, a: -0.75))
        }
    }

    /// The taps of Keys' kernel with a = -0.5 as wide as the step, cut at the edge and normalised (torch, Pillow).
    private static func filtered(_ output: Int, from: Int, _ scale: Float) -> [(Int, Float)] {
        let width = max(scale, 1)
        let centre = (Float(output) + 0.5) * scale
        let first = max(Int(centre - 2 * width + 0.5), 0)
        let end = min(Int(centre + 2 * width + 0.5), from)
        let taps = (first..<max(end, first + 1)).map { ($0, weight((Float($0) - centre + 0.5) / width, a: -0.5)) }
        let sum = taps.reduce(0) { $0 + $1.1 }
        return taps.map { ($0.0, $0.1 / sum) }
    }

    private static func weight(_ offset: Float, a: Float) -> Float {
        let x = abs(offset)
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((x - 5) * x + 8) * a * x - 4 * a : 0
    }
}
