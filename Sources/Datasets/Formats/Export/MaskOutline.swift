/// The outlines of a mask along the borders of its pixels.
///
/// Parts are 8-connected, as ``BinaryMask`` counts regions; a hole is background that its part encloses.
struct MaskOutline {
    /// A closed line; the object lies to its right (rows grow downward), so that holes run the other way round.
    struct Ring {
        var corners: [Point]
        /// A pixel of the object beside the ring.
        var pixel: Int
    }

    /// Directions in the order of a turn to the right.
    private enum Heading: Int {
        case east
        case south
        case west
        case north

        var step: (x: Int, y: Int) {
            switch self {
            case .east: (1, 0)
            case .south: (0, 1)
            case .west: (-1, 0)
            case .north: (0, -1)
            }
        }

        /// Offsets from a corner to the pixels ahead of it on either side.
        var ahead: (left: (x: Int, y: Int), right: (x: Int, y: Int)) {
            switch self {
            case .east: ((0, -1), (0, 0))
            case .south: ((0, 0), (-1, 0))
            case .west: ((-1, 0), (-1, -1))
            case .north: ((-1, -1), (0, -1))
            }
        }

        func turned(_ count: Int) -> Heading { Heading(rawValue: (rawValue + count + 4) % 4) ?? self }
    }

    private let mask: BinaryMask
    /// Pixels whose upper border belongs to a ring that was walked.
    private var isWalked: [Bool]

    private init(_ mask: BinaryMask) {
        self.mask = mask
        isWalked = [Bool](repeating: false, count: mask.values.count)
    }

    /// All rings in the scan order of their first pixels.
    static func rings(of mask: BinaryMask) -> [Ring] {
        var outline = MaskOutline(mask)
        var rings: [Ring] = []
        for pixel in mask.values.indices where mask.values[pixel] && !outline.isWalked[pixel] {
            let isTop = pixel < mask.width || !mask.values[pixel - mask.width]
            if isTop { rings.append(Ring(corners: outline.walk(from: pixel), pixel: pixel)) }
        }
        return rings
    }

    private func isObject(_ x: Int, _ y: Int, _ offset: (x: Int, y: Int)) -> Bool {
        let (column, row) = (x + offset.x, y + offset.y)
        guard column >= 0, row >= 0, column < mask.width, row < mask.height else { return false }
        return mask.values[row * mask.width + column]
    }

    /// Walks along the border that begins with the upper side of a pixel.
    private mutating func walk(from pixel: Int) -> [Point] {
        let start = (x: pixel % mask.width, y: pixel / mask.width)
        var (x, y, heading) = (start.x, start.y, Heading.east)
        var corners: [Point] = []
        repeat {
            if heading == .east { isWalked[y * mask.width + x] = true }
            (x, y) = (x + heading.step.x, y + heading.step.y)
            let (left, right) = heading.ahead
            let turn = isObject(x, y, left) ? -1 : isObject(x, y, right) ? 0 : 1
            if turn != 0 { corners.append(Point(x: Double(x), y: Double(y))) }
            heading = heading.turned(turn)
        } while !(x == start.x && y == start.y && heading == .east)
        return corners
    }
}

/// Leaving out corners of closed lines (Douglas and Peucker, 1973).
enum RingSimplification {
    /// The ring with fewer corners, none of which that are left out is farther than the tolerance from it; the ring itself where
    /// fewer than three corners would remain.
    static func simplified(_ ring: [Point], tolerance: Double) -> [Point] {
        guard tolerance > 0, ring.count > 3 else { return ring }
        let far = ring.indices.max { squared(ring[$0], ring[0]) < squared(ring[$1], ring[0]) } ?? 0
        var isKept = [Bool](repeating: false, count: ring.count + 1)
        (isKept[0], isKept[far]) = (true, true)
        var spans = [(0, far), (far, ring.count)]
        while let (first, last) = spans.popLast() {
            guard last - first > 1 else { continue }
            var (place, largest) = (first, tolerance * tolerance)
            let (start, end) = (ring[first], ring[last % ring.count])
            for index in (first + 1)..<last {
                let distance = squared(ring[index], start, end)
                if distance > largest { (place, largest) = (index, distance) }
            }
            if place == first { continue }
            isKept[place] = true
            spans += [(first, place), (place, last)]
        }
        let kept = ring.indices.filter { isKept[$0] }.map { ring[$0] }
        return kept.count >= 3 ? kept : ring
    }

    static func squared(_ point: Point, _ other: Point) -> Double {
        let (dx, dy) = (point.x - other.x, point.y - other.y)
        return dx * dx + dy * dy
    }

    /// The squared distance from a point to a straight line with ends.
    private static func squared(_ point: Point, _ start: Point, _ end: Point) -> Double {
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let length = dx * dx + dy * dy
        guard length > 0 else { return squared(point, start) }
        let along = ((point.x - start.x) * dx + (point.y - start.y) * dy) / length
        let share = min(max(along, 0), 1)
        return squared(point, Point(x: start.x + share * dx, y: start.y + share * dy))
    }
}
