/// Pixels of one row that follow each other.
struct RowRun: Hashable {
    var y: Int
    /// The first column.
    var x0: Int
    /// One past the last column.
    var x1: Int

    var count: Int { x1 - x0 }
}

/// A connected part of a mask as runs along its rows: memory follows the outline, not the area.
struct RowRuns {
    var runs: [RowRun]

    var area: Int { runs.reduce(0) { $0 + $1.count } }

    /// The tight box.
    var box: Box {
        Box(
            x0: runs.map(\.x0).min() ?? 0, y0: runs.first?.y ?? 0, x1: runs.map(\.x1).max() ?? 0, y1: (runs.last?.y ?? -1) + 1)
    }

    /// The pixels in the tight box alone.
    var crop: BinaryMask {
        let box = box
        var values = [Bool](repeating: false, count: box.area)
        for run in runs {
            let start = (run.y - box.y0) * box.width - box.x0
            for x in run.x0..<run.x1 { values[start + x] = true }
        }
        return BinaryMask(height: box.height, width: box.width, values: values)
    }

    /// The 8-connected parts of a mask, in the scan order of their first pixels; the runs of each in scan order.
    ///
    /// One pass finds the runs and joins those that touch a run of the row above.
    static func parts(of mask: BinaryMask) -> [RowRuns] {
        var runs: [RowRun] = []
        var sets = DisjointSets()
        var above = 0..<0
        for y in 0..<mask.height {
            let first = runs.count
            append(row: y, of: mask, to: &runs)
            while sets.count < runs.count { sets.append() }
            var candidate = above.lowerBound
            for index in first..<runs.count {
                while candidate < above.upperBound, runs[candidate].x1 < runs[index].x0 { candidate += 1 }
                var next = candidate
                while next < above.upperBound, runs[next].x0 <= runs[index].x1 {
                    join(next, index, &sets)
                    next += 1
                }
            }
            above = first..<runs.count
        }
        return grouped(runs, &sets)
    }

    private static func append(row y: Int, of mask: BinaryMask, to runs: inout [RowRun]) {
        let (start, width) = (y * mask.width, mask.width)
        mask.values.withUnsafeBufferPointer { values in
            var x = 0
            while x < width {
                if !values[start + x] {
                    x += 1
                    continue
                }
                let first = x
                while x < width, values[start + x] { x += 1 }
                runs.append(RowRun(y: y, x0: first, x1: x))
            }
        }
    }

    /// The smallest index of a set is its root, so that roots come in scan order.
    private static func join(_ one: Int, _ other: Int, _ sets: inout DisjointSets) {
        let (first, second) = (sets.root(of: one), sets.root(of: other))
        sets.join(max(first, second), into: min(first, second))
    }

    private static func grouped(_ runs: [RowRun], _ sets: inout DisjointSets) -> [RowRuns] {
        var places = [Int](repeating: -1, count: runs.count)
        var parts: [RowRuns] = []
        for index in runs.indices {
            let root = sets.root(of: index)
            if places[root] < 0 {
                places[root] = parts.count
                parts.append(RowRuns(runs: []))
            }
            parts[places[root]].runs.append(runs[index])
        }
        return parts
    }
}

extension RunLengthMask {
    /// The runs, down the columns, of a mask of which all foreground lies in a part.
    ///
    /// - Parameters:
    ///   - height: rows of the whole.
    ///   - width: columns of the whole.
    ///   - crop: the part.
    ///   - x: its first column in the whole.
    ///   - y: its first row in the whole.
    /// - Precondition: the part lies in the whole.
    init(height: Int, width: Int, crop: BinaryMask, x: Int, y: Int) {
        precondition(
            x >= 0 && y >= 0 && x + crop.width <= width && y + crop.height <= height, "RunLengthMask: the part leaves the whole")
        var counts: [Int] = []
        var end = 0
        for column in 0..<crop.width {
            var row = 0
            while row < crop.height {
                if !crop.values[row * crop.width + column] {
                    row += 1
                    continue
                }
                let first = row
                while row < crop.height, crop.values[row * crop.width + column] { row += 1 }
                let start = (x + column) * height + y + first
                if start == end, !counts.isEmpty {
                    counts[counts.count - 1] += row - first
                } else {
                    counts += [start - end, row - first]
                }
                end = start + row - first
            }
        }
        if end < height * width { counts.append(height * width - end) }
        self.init(known: counts, height: height, width: width)
    }

    /// The tight box around the foreground, which `pycocotools` gives as well; empty without any. Found from the runs alone.
    public var box: Box {
        let line = order == .columns ? height : width
        var (first, last) = (Int.max, -1)
        var (low, high) = (Int.max, -1)
        var place = 0
        for (index, count) in counts.enumerated() {
            defer { place += count }
            guard index % 2 == 1, count > 0 else { continue }
            let (start, end) = (place, place + count - 1)
            (first, last) = (min(first, start / line), max(last, end / line))
            let spansLines = start / line != end / line
            (low, high) = (min(low, spansLines ? 0 : start % line), max(high, spansLines ? line - 1 : end % line))
        }
        guard last >= 0 else { return Box(x0: 0, y0: 0, x1: 0, y1: 0) }
        return order == .columns
            ? Box(x0: first, y0: low, x1: last + 1, y1: high + 1) : Box(x0: low, y0: first, x1: high + 1, y1: last + 1)
    }

    /// The pixels in a box alone, which has to be in the mask.
    func crop(_ box: Box) -> BinaryMask {
        var values = [Bool](repeating: false, count: box.area)
        let line = order == .columns ? height : width
        var place = 0
        for (index, count) in counts.enumerated() {
            defer { place += count }
            guard index % 2 == 1 else { continue }
            for pixel in place..<(place + count) {
                let (x, y) = order == .columns ? (pixel / line, pixel % line) : (pixel % line, pixel / line)
                guard x >= box.x0, x < box.x1, y >= box.y0, y < box.y1 else { continue }
                values[(y - box.y0) * box.width + x - box.x0] = true
            }
        }
        return BinaryMask(height: box.height, width: box.width, values: values)
    }
}
