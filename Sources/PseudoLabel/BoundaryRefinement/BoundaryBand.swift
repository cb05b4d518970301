internal import Datasets

/// The pixels whose label a refinement may change.
enum BoundaryBand {
    /// Pixels with another label within so many steps in any direction (Chebyshev distance), and void ones.
    ///
    /// A square of pixels has two labels where two neighbours in it differ, so that it is enough to look for such pairs.
    static func updatable(_ labels: ClassMap, width band: Int) -> [Bool] {
        let (width, height) = (labels.width, labels.height)
        let values = labels.values
        var (beside, below) = ([Bool](repeating: false, count: values.count), [Bool](repeating: false, count: values.count))
        for pixel in values.indices {
            beside[pixel] = (pixel + 1) % width != 0 && values[pixel] != values[pixel + 1]
            below[pixel] = pixel + width < values.count && values[pixel] != values[pixel + width]
        }
        // A pair is named by its first pixel; both have to lie in the square.
        let rows = Lines(count: height, length: width, lineStep: width, step: 1)
        let columns = Lines(count: width, length: height, lineStep: 1, step: width)
        let besides = spread(
            spread(beside, along: rows, before: band, after: band - 1), along: columns, before: band, after: band)
        let belows = spread(spread(below, along: rows, before: band, after: band), along: columns, before: band, after: band - 1)
        return values.indices.map { besides[$0] || belows[$0] || values[$0] == ClassMap.void }
    }

    /// Rows or columns of a map.
    private struct Lines {
        var count: Int
        var length: Int
        var lineStep: Int
        var step: Int
    }

    /// Whether a mark lies within `before` places before or `after` places behind along the line.
    private static func spread(_ marks: [Bool], along lines: Lines, before: Int, after: Int) -> [Bool] {
        var result = [Bool](repeating: false, count: marks.count)
        for line in 0..<lines.count {
            let start = line * lines.lineStep
            var last = -before - 1
            for place in -after..<lines.length {
                let ahead = place + after
                if ahead < lines.length, marks[start + ahead * lines.step] { last = ahead }
                if place >= 0 { result[start + place * lines.step] = last >= place - before }
            }
        }
        return result
    }
}
