/// Keeps count, on a coarse grid, of how much of every object can be seen.
///
/// The grid does not depend on the picture's size, so a scene is the same at any number of pixels.
struct ShapeOverlap {
    /// Cells along the picture's side; the grid also covers a margin, to know what the border cuts off.
    private static let side = 32
    private static let margin = 10
    /// At least this share of every object stays visible.
    private static let visibleShare: Float = 0.55
    /// At least this many cells of 1024 show every object.
    private static let visibleCells = 13

    private struct Footprint {
        var cells: Set<Int>
        var total: Int
    }

    private var footprints: [Footprint] = []

    /// Puts an object into the stack, at a depth counted from the back, unless it or another would be hidden too much.
    mutating func insert(_ object: ShapeObject, at depth: Int) -> Bool {
        var candidate = footprints
        candidate.insert(ShapeOverlap.footprint(of: object), at: depth)
        var covered: Set<Int> = []
        for footprint in candidate.reversed() {
            let visible = footprint.cells.subtracting(covered).count
            let needed = Float(footprint.total) * ShapeOverlap.visibleShare
            if visible < ShapeOverlap.visibleCells || Float(visible) < needed { return false }
            covered.formUnion(footprint.cells)
        }
        footprints = candidate
        return true
    }

    private static func footprint(of object: ShapeObject) -> Footprint {
        let (low, high) = object.pose.bounds(reach: 1.1)
        var result = Footprint(cells: [], total: 0)
        for row in cellRange(low.y, high.y) {
            for column in cellRange(low.x, high.x) {
                let position = PlaneVector(
                    (Float(column) + 0.5) / Float(side), (Float(row) + 0.5) / Float(side))
                guard object.contains(position) else { continue }
                result.total += 1
                if (0..<side).contains(row) && (0..<side).contains(column) {
                    result.cells.insert(row * side + column)
                }
            }
        }
        return result
    }

    private static func cellRange(_ low: Float, _ high: Float) -> Range<Int> {
        let first = max(Int(low * Float(side)) - 1, -margin)
        let last = min(Int(high * Float(side)) + 1, side + margin)
        return first..<max(last, first)
    }
}
