/// A mask to draw on.
///
/// What is drawn is kept as the places where it begins and ends, and summed up once: a hundred thousand boxes over each other
/// cost what they have corners, not what they cover.
struct MaskCanvas {
    let height: Int
    let width: Int
    /// Beginnings less ends along the rows, and one place more; empty while nothing was drawn so.
    private var rows: [Int32] = []
    /// The same down the columns.
    private var columns: [Int32] = []
    /// Corners of boxes, `(height + 1) * (width + 1)`: beginnings less ends in both directions.
    private var corners: [Int32] = []

    init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// The pixels that are drawn.
    var mask: BinaryMask {
        var values = [Bool](repeating: false, count: height * width)
        if !rows.isEmpty {
            var depth: Int32 = 0
            for place in values.indices {
                depth &+= rows[place]
                if depth > 0 { values[place] = true }
            }
        }
        if !columns.isEmpty { addColumns(to: &values) }
        if !corners.isEmpty { addBoxes(to: &values) }
        return BinaryMask(height: height, width: width, values: values)
    }

    private func addColumns(to values: inout [Bool]) {
        var depth: Int32 = 0
        for x in 0..<width {
            for y in 0..<height {
                depth &+= columns[x * height + y]
                if depth > 0 { values[y * width + x] = true }
            }
        }
    }

    private func addBoxes(to values: inout [Bool]) {
        var column = [Int32](repeating: 0, count: width)
        for y in 0..<height {
            var depth: Int32 = 0
            for x in 0..<width {
                column[x] &+= corners[y * (width + 1) + x]
                depth &+= column[x]
                if depth > 0 { values[y * width + x] = true }
            }
        }
    }

    /// Fills boxes, which have to lie in the image.
    mutating func fill(_ boxes: [Box]) {
        if corners.isEmpty { corners = [Int32](repeating: 0, count: (height + 1) * (width + 1)) }
        for box in boxes {
            corners[box.y0 * (width + 1) + box.x0] &+= 1
            corners[box.y0 * (width + 1) + box.x1] &-= 1
            corners[box.y1 * (width + 1) + box.x0] &-= 1
            corners[box.y1 * (width + 1) + box.x1] &+= 1
        }
    }

    /// Fills a polygon as `pycocotools` does.
    mutating func fill(_ corners: [Point]) {
        for run in PolygonRaster.runs(of: corners, height: height, width: width) {
            if columns.isEmpty { columns = [Int32](repeating: 0, count: height * width + 1) }
            columns[run.lowerBound] &+= 1
            columns[run.upperBound] &-= 1
        }
    }

    /// Fills the foreground of a mask whose upper left pixel lies at (x, y).
    mutating func fill(_ runs: RunLengthMask, x: Int, y: Int) {
        let line = runs.order == .rows ? runs.width : runs.height
        var place = 0
        for (index, count) in runs.counts.enumerated() {
            defer { place += count }
            guard index % 2 == 1, count > 0 else { continue }
            for number in (place / line)...((place + count - 1) / line) {
                let first = max(place - number * line, 0)
                let last = min(place + count - number * line, line)
                if runs.order == .rows {
                    fillRow(y + number, from: x + first, to: x + last)
                } else {
                    fillColumn(x + number, from: y + first, to: y + last)
                }
            }
        }
    }

    /// Fills an ellipse with axes along those of the image: the pixels whose centre lies in it.
    mutating func fillEllipse(center: Point, radii: (x: Double, y: Double)) {
        mark(center)
        let top = max(center.y - radii.y, 0)
        let bottom = min(center.y + radii.y, Double(height))
        guard top < bottom, radii.x > 0 else { return }
        for y in Int(top)..<min(Int(bottom) + 1, height) {
            let distance = (Double(y) + 0.5 - center.y) / radii.y
            guard abs(distance) <= 1 else { continue }
            let half = radii.x * (1 - distance * distance).squareRoot()
            let (left, right) = (center.x - half - 0.5, center.x + half - 0.5)
            let span = pixels(left.rounded(.up), right.rounded(.down) + 1, limit: width)
            fillRow(y, from: span.lowerBound, to: span.upperBound)
        }
    }

    /// Marks the pixels whose centre is within half the thickness of the line, and the pixels under its points.
    mutating func stroke(_ points: [Point], thickness: Double) {
        for point in points { mark(point) }
        guard let first = points.first else { return }
        let pairs = points.count == 1 ? [(first, first)] : Array(zip(points, points.dropFirst()))
        for (start, end) in pairs {
            let segment = StrokeSegment(from: start, to: end, radius: max(thickness, 1) / 2)
            for y in pixels(segment.top, segment.bottom, limit: height) {
                guard let span = segment.span(y) else { continue }
                fillRow(y, from: max(span.lowerBound, 0), to: min(span.upperBound + 1, width))
            }
        }
    }

    /// Marks the pixel under a point; one on the right or lower border is the last pixel.
    private mutating func mark(_ point: Point) {
        guard (0...Double(width)).contains(point.x), (0...Double(height)).contains(point.y) else { return }
        let x = min(width - 1, Int(point.x))
        fillRow(min(height - 1, Int(point.y)), from: x, to: x + 1)
    }

    /// Columns `first..<last` of a row, as far as they are in the image.
    private mutating func fillRow(_ y: Int, from first: Int, to last: Int) {
        let (start, end) = (max(first, 0), min(last, width))
        guard start < end, (0..<height).contains(y) else { return }
        if rows.isEmpty { rows = [Int32](repeating: 0, count: height * width + 1) }
        rows[y * width + start] &+= 1
        rows[y * width + end] &-= 1
    }

    /// Rows `first..<last` of a column, as far as they are in the image.
    private mutating func fillColumn(_ x: Int, from first: Int, to last: Int) {
        let (start, end) = (max(first, 0), min(last, height))
        guard start < end, (0..<width).contains(x) else { return }
        if columns.isEmpty { columns = [Int32](repeating: 0, count: height * width + 1) }
        columns[x * height + start] &+= 1
        columns[x * height + end] &-= 1
    }

    /// The pixel range that covers an interval, cut to the canvas.
    private func pixels(_ lower: Double, _ upper: Double, limit: Int) -> Range<Int> {
        let first = Int(min(max(0, lower.rounded(.down)), Double(limit)))
        let last = Int(max(0, min(Double(limit), upper.rounded(.up))))
        return first..<max(first, last)
    }
}

/// A straight part of a stroke with round ends.
private struct StrokeSegment {
    let start: Point
    let end: Point
    let radius: Double
    private let dx: Double
    private let dy: Double
    private let squaredLength: Double

    init(from start: Point, to end: Point, radius: Double) {
        (self.start, self.end, self.radius) = (start, end, radius)
        (dx, dy) = (end.x - start.x, end.y - start.y)
        squaredLength = dx * dx + dy * dy
    }

    var top: Double { min(start.y, end.y) - radius }
    var bottom: Double { max(start.y, end.y) + radius }

    /// Whether the centre of a pixel is within the radius of the line.
    private func contains(_ x: Int, _ y: Int) -> Bool {
        let (px, py) = (Double(x) + 0.5 - start.x, Double(y) + 0.5 - start.y)
        let along = squaredLength > 0 ? (px * dx + py * dy) / squaredLength : 0
        let t = min(max(along, 0), 1)
        let (ex, ey) = (px - t * dx, py - t * dy)
        return ex * ex + ey * ey <= radius * radius
    }

    /// The columns of a row that the segment covers; they follow each other, because it is convex.
    func span(_ y: Int) -> ClosedRange<Int>? {
        guard let outline = outline(Double(y) + 0.5) else { return nil }
        // A pixel more on either side: what decides is the rule for pixels, and the outline is rounded differently.
        var first = Int((outline.lowerBound - 0.5).rounded(.up)) - 1
        var last = Int((outline.upperBound - 0.5).rounded(.down)) + 1
        while first <= last && !contains(first, y) { first += 1 }
        while last > first && !contains(last, y) { last -= 1 }
        return first <= last ? first...last : nil
    }

    /// Where the outline of the segment meets a horizontal line.
    private func outline(_ y: Double) -> ClosedRange<Double>? {
        var (low, high) = (Double.infinity, -Double.infinity)
        func include(_ left: Double, _ right: Double) {
            (low, high) = (min(low, left), max(high, right))
        }
        for center in [start, end] {
            let squared = radius * radius - (y - center.y) * (y - center.y)
            // Slightly more than the disc: a line that only touches it counts.
            let half = max(squared, 0).squareRoot()
            if squared >= -1e-6 { include(center.x - half, center.x + half) }
        }
        if dy != 0 {
            let reach = radius * squaredLength.squareRoot()
            let sides = [(y - start.y) * dx - reach, (y - start.y) * dx + reach].map { start.x + $0 / dy }
            var (left, right) = (min(sides[0], sides[1]), max(sides[0], sides[1]))
            if dx != 0 {
                let ends = [-(y - start.y) * dy, squaredLength - (y - start.y) * dy].map { start.x + $0 / dx }
                (left, right) = (max(left, min(ends[0], ends[1])), min(right, max(ends[0], ends[1])))
            } else if y < min(start.y, end.y) || y > max(start.y, end.y) {
                return low <= high ? low...high : nil
            }
            if left <= right { include(left, right) }
        } else if abs(y - start.y) <= radius {
            include(min(start.x, end.x), max(start.x, end.x))
        }
        return low <= high ? min(max(low, -1e9), 1e9)...min(max(high, -1e9), 1e9) : nil
    }
}
