/// Filling of polygons exactly as `pycocotools` does (`rleFrPoly` of maskApi.c): the masks of COCO's instances.
///
/// The boundary is drawn on a grid five times as fine; where it crosses the middle of a column of pixels, the column changes
/// between outside and inside. Only crossings are computed, so that the work follows from the number of columns that the sides
/// pass.
struct PolygonRaster {
    private static let scale = 5

    let height: Int
    let width: Int
    /// Places in the image, counted down the columns, where outside and inside change.
    private var changes: [Int] = []
    /// A bit for every place where they change, once there are more than ``limit``: two changes at one place undo each other.
    private var marks: [UInt64] = []
    private let limit: Int

    private init(height: Int, width: Int) {
        self.height = height
        self.width = width
        limit = height * width / 64 + 1024
    }

    /// The runs of pixels inside of a polygon, as ranges of places counted down the columns.
    ///
    /// - Parameters:
    ///   - corners: in pixels, within ±10^9; may lie outside of the image.
    ///   - height: rows of the image.
    ///   - width: columns of the image.
    static func runs(of corners: [Point], height: Int, width: Int) -> [Range<Int>] {
        guard !corners.isEmpty else { return [] }
        var raster = PolygonRaster(height: height, width: width)
        let fine = corners.map { (x: Int(Double(scale) * $0.x + 0.5), y: Int(Double(scale) * $0.y + 0.5)) }
        for (start, end) in zip(fine, fine.dropFirst() + fine.prefix(1)) { raster.side(start, end) }
        let changes = raster.ordered()
        return stride(from: 0, to: changes.count, by: 2).map { index in
            changes[index]..<(index + 1 < changes.count ? changes[index + 1] : height * width)
        }
    }

    /// A side of the polygon on the fine grid.
    private mutating func side(_ first: (x: Int, y: Int), _ second: (x: Int, y: Int)) {
        let isFlat = abs(second.x - first.x) >= abs(second.y - first.y)
        let isFlipped = isFlat ? first.x > second.x : first.y > second.y
        let (start, end) = isFlipped ? (second, first) : (first, second)
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        guard dx != 0 else { return }
        let columns = crossed(min(start.x, end.x), max(start.x, end.x))
        if isFlat {
            let slope = Double(dy) / Double(dx)
            for column in columns {
                let step = column * Self.scale + 2 - start.x
                guard step >= 0, step < dx else { continue }
                let row = Int(Double(start.y) + slope * Double(step) + 0.5)
                let next = Int(Double(start.y) + slope * Double(step + 1) + 0.5)
                change(column: column, fineRow: min(row, next))
            }
        } else {
            let slope = Double(dx) / Double(dy)
            for column in columns {
                guard let step = steepCrossing(column * Self.scale + 2, start.x, slope, count: dy) else { continue }
                change(column: column, fineRow: step + start.y)
            }
        }
    }

    /// The columns of the image whose middle may lie between two fine columns.
    private func crossed(_ low: Int, _ high: Int) -> ClosedRange<Int> {
        let first = min(max(low / Self.scale - 1, 0), width - 1)
        let last = min(max(high / Self.scale + 1, first), width - 1)
        return first...last
    }

    /// The step after which a steep side goes from the fine column `x` to the next one, or comes from there.
    private func steepCrossing(_ x: Int, _ start: Int, _ slope: Double, count: Int) -> Int? {
        func column(_ step: Int) -> Int { Int(Double(start) + slope * Double(step) + 0.5) }
        func isBeyond(_ step: Int) -> Bool { column(step) > x }
        guard isBeyond(0) != isBeyond(count) else { return nil }
        // The estimate is a step or two off; the exact place is where the side's own rounding changes.
        var step = min(max(Int((Double(x - start) + 0.5) / slope), 0), count - 1)
        while step > 0, isBeyond(step) != isBeyond(0) { step -= 1 }
        while step < count - 1, isBeyond(step + 1) == isBeyond(0) { step += 1 }
        return min(column(step), column(step + 1)) == x ? step : nil
    }

    private mutating func change(column: Int, fineRow: Int) {
        let row = (Double(fineRow) + 0.5) / Double(Self.scale) - 0.5
        let place = min(max(row, 0), Double(height)).rounded(.up)
        changes.append(column * height + Int(place))
        if changes.count > limit { mark() }
    }

    /// Keeps the changes as bits, so that memory does not grow with the number of sides.
    private mutating func mark() {
        if marks.isEmpty { marks = [UInt64](repeating: 0, count: height * width / 64 + 1) }
        for change in changes { marks[change >> 6] ^= 1 << UInt64(change & 63) }
        changes.removeAll(keepingCapacity: true)
    }

    /// The changes in order, without those that undo each other: no more than there are pixels.
    private mutating func ordered() -> [Int] {
        var kept: [Int] = []
        guard marks.isEmpty else {
            mark()
            for (index, word) in marks.enumerated() where word != 0 {
                var rest = word
                while rest != 0 {
                    kept.append(index << 6 | rest.trailingZeroBitCount)
                    rest &= rest - 1
                }
            }
            return kept
        }
        for change in changes.sorted() {
            if kept.last == change { kept.removeLast() } else { kept.append(change) }
        }
        return kept
    }
}
