public import TensorCore

extension PhotoView {
    /// The share of a near view that the thing has: never all of it, for a support needs a ground.
    public static let nearShares: ClosedRange<Float> = 0.5...0.95
    /// The shares of a photo's sides that near views have.
    static let nearSides: ClosedRange<Float> = 0.2...1
    /// Near views of fewer rows or columns are not used: they would be scaled up until nothing but blur is seen.
    public static let smallestNearSide = 32
    private static let nearAttempts = 24

    /// A random rectangle around or inside a thing, of which it has half or more and whose edge it touches; nil where none was found.
    ///
    /// - Parameters:
    ///   - mask: the thing; void pixels count neither for it nor against it.
    ///   - random: where rectangles are drawn from.
    public init?(near mask: ClassMask, _ random: inout TorchRandom) {
        let (object, void) = (mask.object, mask.void)
        let pixels = object.values.indices.filter { object.values[$0] && void?.values[$0] != true }
        guard !pixels.isEmpty, min(object.height, object.width) >= Self.smallestNearSide else { return nil }
        for _ in 0..<Self.nearAttempts {
            let view = Self.around(pixels[random.integer(below: pixels.count)], of: object, &random)
            if view.isNear(object, void) {
                self = view
                return
            }
        }
        return nil
    }

    /// A rectangle that has a pixel somewhere.
    private static func around(_ pixel: Int, of mask: BinaryMask, _ random: inout TorchRandom) -> PhotoView {
        func span(_ place: Int, of length: Int, _ random: inout TorchRandom) -> (start: Int, length: Int) {
            let share = nearSides.lowerBound + (nearSides.upperBound - nearSides.lowerBound) * random.uniform()
            let part = min(length, max(smallestNearSide, Int(Float(length) * share)))
            let start = place - random.integer(below: part)
            return (min(max(start, 0), length - part), part)
        }
        let rows = span(pixel / mask.width, of: mask.height, &random)
        let columns = span(pixel % mask.width, of: mask.width, &random)
        return PhotoView(y: rows.start, x: columns.start, height: rows.length, width: columns.length)
    }

    private func isNear(_ object: BinaryMask, _ void: BinaryMask?) -> Bool {
        var (area, counted, touches) = (0, 0, false)
        for row in y..<(y + height) {
            for column in x..<(x + width) {
                let pixel = row * object.width + column
                guard void?.values[pixel] != true else { continue }
                counted += 1
                guard object.values[pixel] else { continue }
                area += 1
                if row == y || row == y + height - 1 || column == x || column == x + width - 1 { touches = true }
            }
        }
        return touches && Self.nearShares.contains(Float(area) / Float(max(1, counted)))
    }
}
