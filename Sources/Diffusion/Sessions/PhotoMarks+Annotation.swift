public import Datasets

extension PhotoMarks {
    /// Whether nothing is marked; a mask without a pixel marks nothing.
    public var isEmpty: Bool {
        let hasMask = (mask?.count ?? 0) > 1
        return (boxes ?? []).isEmpty && (scribbles ?? []).isEmpty && (points ?? []).isEmpty && !hasMask
    }

    /// What is marked, in the pixels of a photo of another size. Marks of one kind stay that kind; several kinds become the mask of all.
    ///
    /// What lies beyond the photo is cut off.
    ///
    /// - Throws: ``PhotoSessionError`` where nothing lies on the photo.
    public func annotation(height photoHeight: Int, width photoWidth: Int) throws(PhotoSessionError) -> Annotation {
        let frame = PhotoFrame(from: (height, width), to: (photoHeight, photoWidth))
        var kinds: [Annotation] = []
        if let mask, let runs = RunLengthMask(height: height, width: width, counts: mask), runs.area > 0 {
            kinds.append(.mask(runs.mask.resized(height: photoHeight, width: photoWidth)))
        }
        let boxes = (boxes ?? []).compactMap(frame.box)
        if !boxes.isEmpty { kinds.append(.boxes(boxes)) }
        let strokes = (scribbles ?? []).map(frame.scribble)
        if !strokes.isEmpty { kinds.append(.scribbles(strokes)) }
        let points = (points ?? []).map(frame.point)
        if !points.isEmpty { kinds.append(.points(points)) }
        guard let first = kinds.first else { throw Self.nothing }
        if kinds.count == 1 { return first }
        var united = [Bool](repeating: false, count: photoHeight * photoWidth)
        for kind in kinds {
            guard let mask = try? kind.rasterised(height: photoHeight, width: photoWidth) else { continue }
            for (pixel, isObject) in mask.values.enumerated() where isObject { united[pixel] = true }
        }
        guard united.contains(true) else { throw Self.nothing }
        return .mask(BinaryMask(height: photoHeight, width: photoWidth, values: united))
    }

    private static let nothing = PhotoSessionError.unusable(
        "marks", found: "nothing on the photo", expected: "a box, a stroke, a point or a painted pixel",
        advice: "mark the thing")
}

/// Brings places from one size of a picture to another.
struct PhotoFrame {
    private let scale: (x: Double, y: Double)
    private let size: (height: Int, width: Int)

    init(from frame: (height: Int, width: Int), to size: (height: Int, width: Int)) {
        scale = (Double(size.width) / Double(frame.width), Double(size.height) / Double(frame.height))
        self.size = size
    }

    /// The pixels that a box touches; nil for one beside the photo. Corners come in any order.
    func box(_ box: [Double]) -> Box? {
        let (left, right) = Self.span(box[0] * scale.x, box[2] * scale.x, size.width)
        let (top, bottom) = Self.span(box[1] * scale.y, box[3] * scale.y, size.height)
        guard left < right, top < bottom else { return nil }
        return Box(x0: left, y0: top, x1: right, y1: bottom)
    }

    func point(_ point: [Double]) -> Point {
        Point(x: Self.clamped(point[0] * scale.x, size.width), y: Self.clamped(point[1] * scale.y, size.height))
    }

    func scribble(_ stroke: PhotoMarks.Stroke) -> Scribble {
        let mean = (scale.x * scale.y).squareRoot()
        return Scribble(points: stroke.points.map(point), thickness: max((stroke.thickness ?? 3) * mean, 1))
    }

    private static func clamped(_ value: Double, _ side: Int) -> Double { min(max(value, 0), Double(side)) }

    /// Rounded to pixels, at least one wide where any of it is inside.
    private static func span(_ first: Double, _ second: Double, _ side: Int) -> (Int, Int) {
        let (low, high) = (min(first, second), max(first, second))
        guard high > 0, low < Double(side) else { return (0, 0) }
        let start = min(Int(clamped(low, side).rounded()), side - 1)
        return (start, max(start + 1, Int(clamped(high, side).rounded())))
    }
}
