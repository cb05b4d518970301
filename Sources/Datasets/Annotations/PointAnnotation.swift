internal import TensorCore

/// Random pixels of the object, each once.
struct PointAnnotation: AnnotationMaker {
    /// How many at most.
    static let range = 1...1000

    var count: Int
    var kind: AnnotationKind { .point }

    /// `parameter` is the number, nil for the default.
    init?(_ parameter: String?) {
        guard let count = parameter.map({ AnnotationRule.number($0) }) ?? AnnotationRule.maximumPointCount,
            Self.range.contains(count)
        else {
            return nil
        }
        self.count = count
    }

    func annotation(for mask: BinaryMask, seed: UInt64) -> Annotation {
        let pixels = mask.values.indices.filter { mask.values[$0] }
        var random = NumPyRandom(seed: seed)
        var chosen: Set<Int> = []
        var points: [Point] = []
        while points.count < min(count, pixels.count) {
            let pixel = pixels[random.interval(pixels.count - 1)]
            guard chosen.insert(pixel).inserted else { continue }
            points.append(Point(x: Double(pixel % mask.width) + 0.5, y: Double(pixel / mask.width) + 0.5))
        }
        return .points(points)
    }
}
