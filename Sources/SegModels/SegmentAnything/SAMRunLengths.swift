/// A mask as the lengths of its runs, column by column and outside first: COCO's uncompressed form, small where a photo has many masks.
public struct SAMRunLengths: Sendable, Hashable {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// Lengths of runs, of pixels outside and inside in turns; the first is 0 where the first pixel is inside.
    public let counts: [Int]

    /// Measures the runs of `height * width` flags in row order.
    ///
    /// - Precondition: there are as many flags.
    public init(height: Int, width: Int, mask: [Bool]) {
        precondition(mask.count == height * width, "SAMRunLengths: \(mask.count) flags for \(width)x\(height) pixels")
        var counts: [Int] = []
        var (length, isInside) = (0, false)
        for column in 0..<width {
            for row in 0..<height {
                if mask[row * width + column] != isInside {
                    counts.append(length)
                    (length, isInside) = (0, !isInside)
                }
                length += 1
            }
        }
        self.height = height
        self.width = width
        self.counts = counts + [length]
    }

    /// Pixels inside.
    public var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] } }

    /// The flags in row order.
    public var mask: [Bool] {
        var mask = [Bool](repeating: false, count: height * width)
        var place = 0
        for (index, length) in counts.enumerated() {
            if index % 2 == 1 {
                for pixel in place..<(place + length) { mask[pixel % height * width + pixel / height] = true }
            }
            place += length
        }
        return mask
    }
}
