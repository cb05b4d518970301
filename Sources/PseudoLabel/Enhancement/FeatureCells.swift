internal import Datasets
internal import TensorCore

/// Which cell of a feature map stands for which pixel: `floor(y * h / H)`, so that a mean over pixels is a mean over cells by how many
/// of the pixels each stands for. That is the mean of the features, enlarged by the nearest neighbour.
struct FeatureCells {
    /// `[h * w, C]`.
    let features: Tensor
    private let rows: [Int]
    private let columns: [Int]
    private let width: Int

    /// - Precondition: `features` is `[1, h, w, C]`.
    init(_ features: Tensor, height: Int, width: Int) {
        precondition(features.rank == 4 && features.shape[0] == 1, "expected features [1, h, w, C], found \(features.shape)")
        let (h, w) = (features.shape[1], features.shape[2])
        rows = (0..<height).map { $0 * h / height }
        columns = (0..<width).map { $0 * w / width }
        self.width = w
        self.features = features.reshaped(to: [h * w, features.shape[3]])
    }

    private var cellCount: Int { features.shape[0] }

    /// The sums of the features over groups of pixels, and how many pixels these are.
    ///
    /// - Parameters:
    ///   - groups: the group of every pixel, row by row, negative for none.
    ///   - count: the number of groups.
    /// - Returns: `[count, C]`, and one number a group.
    func sums(_ groups: [Int32], count: Int) -> (sums: Tensor, pixels: [Int]) {
        precondition(groups.count == rows.count * columns.count, "one group a pixel")
        var pixels = [Int](repeating: 0, count: count)
        // So many groups at once that their shares stay small.
        let limit = max(1, (1 << 22) / max(cellCount, 1))
        var parts: [Tensor] = []
        for first in stride(from: 0, to: count, by: limit) {
            let part = min(limit, count - first)
            var shares = [Float](repeating: 0, count: part * cellCount)
            for (y, row) in rows.enumerated() {
                let (line, cells) = (y * columns.count, row * width)
                for (x, column) in columns.enumerated() {
                    let group = Int(groups[line + x]) - first
                    guard group >= 0, group < part else { continue }
                    shares[group * cellCount + cells + column] += 1
                    pixels[first + group] += 1
                }
            }
            parts.append(Tensor(shares, shape: [part, cellCount], beside: features).matmul(features))
        }
        let sums = parts.isEmpty ? Tensor(zeros: [0, features.shape[1]]) : Tensor.concatenated(parts, axis: 0)
        return (sums, pixels)
    }
}
