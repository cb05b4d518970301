internal import Foundation
internal import Synchronization
internal import TensorCore

/// Positions of patches as rotations of queries and keys (RoPE with two axes, as DINOv3 has it).
///
/// The centre of a patch lies in -1...1 along both axes of the image, whatever its size. A head's width falls into two halves of
/// pairs `(k, k + width / 2)`; the first half of the pairs turns with the row, the second with the column, by `2 pi` times the
/// centre over the pair's period.
final class RotaryPositions: Sendable {
    private struct Entry: Sendable {
        var grid: Size2D
        var leading: Int
        var cosine: Tensor
        var sine: Tensor
    }

    private let headWidth: Int
    private let base: Double
    private let latest = Mutex<Entry?>(nil)

    init(headWidth: Int, base: Double) {
        self.headWidth = headWidth
        self.base = base
    }

    /// The rotation of tokens `[B, leading + h * w, headWidth]`; the leading ones stay.
    func rotation(_ grid: Size2D, leading: Int, beside x: Tensor) -> TokenAttention.Rotation {
        let entry = entry(grid, leading, beside: x)
        let (cosine, sine) = (entry.cosine.converted(to: x.dtype), entry.sine.converted(to: x.dtype))
        let half = headWidth / 2
        // The sign of a pair's first member is in the sine.
        return { $0 * cosine + $0.rolled(by: half, axis: 2) * sine }
    }

    private func entry(_ grid: Size2D, _ leading: Int, beside x: Tensor) -> Entry {
        latest.withLock { latest in
            if let latest, latest.grid == grid, latest.leading == leading, latest.cosine.device == x.device { return latest }
            let angles = angles(grid)
            let half = headWidth / 2
            let still = leading * headWidth
            let signs = (0..<headWidth).map { Float($0 < half ? -1 : 1) }
            let sines = angles.enumerated().map { sinf($1) * signs[$0 % headWidth] }
            let shape: Shape = [leading + grid.height * grid.width, headWidth]
            let entry = Entry(
                grid: grid, leading: leading,
                cosine: Tensor([Float](repeating: 1, count: still) + angles.map { cosf($0) }, shape: shape, beside: x),
                sine: Tensor([Float](repeating: 0, count: still) + sines, shape: shape, beside: x))
            latest = entry
            return entry
        }
    }

    /// The angles of all patches, row by row, `headWidth` each.
    private func angles(_ grid: Size2D) -> [Float] {
        let quarter = headWidth / 4
        let frequencies = (0..<quarter).map { Float(pow(base, -4 * Double($0) / Double(headWidth))) }
        func centre(_ index: Int, of count: Int) -> Float { 2 * ((Float(index) + 0.5) / Float(count)) - 1 }
        var angles: [Float] = []
        angles.reserveCapacity(grid.height * grid.width * headWidth)
        for row in 0..<grid.height {
            let inRow = frequencies.map { 2 * Float.pi * centre(row, of: grid.height) * $0 }
            for column in 0..<grid.width {
                let inColumn = frequencies.map { 2 * Float.pi * centre(column, of: grid.width) * $0 }
                let half = inRow + inColumn
                angles += half + half
            }
        }
        return angles
    }
}
