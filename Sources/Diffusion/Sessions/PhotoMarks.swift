public import Datasets

/// What somebody marked in a photo, as a page or a script sends it: any mixture of boxes, strokes, points and a painted mask, in the pixels
/// of a frame of any size that is laid over the photo.
public struct PhotoMarks: Codable, Sendable, Hashable {
    /// A stroke of a pen.
    public struct Stroke: Codable, Sendable, Hashable {
        /// Corners, `[x, y]` each.
        public var points: [[Double]]
        /// Width of the pen.
        public var thickness: Double?

        /// A stroke.
        public init(points: [[Double]], thickness: Double? = nil) {
            self.points = points
            self.thickness = thickness
        }
    }

    /// Rows of the frame.
    public var height: Int
    /// Columns of the frame.
    public var width: Int
    /// Boxes, `[x0, y0, x1, y1]` each.
    public var boxes: [[Double]]?
    /// Strokes on the thing.
    public var scribbles: [Stroke]?
    /// Places on the thing, `[x, y]` each.
    public var points: [[Double]]?
    /// A mask of the frame's size: lengths of runs down the columns, background first (COCO's uncompressed RLE).
    public var mask: [Int]?

    /// Marks in a frame.
    public init(
        height: Int, width: Int, boxes: [[Double]]? = nil, scribbles: [Stroke]? = nil, points: [[Double]]? = nil,
        mask: [Int]? = nil
    ) {
        self.height = height
        self.width = width
        self.boxes = boxes
        self.scribbles = scribbles
        self.points = points
        self.mask = mask
    }

    /// Marks of an annotation of a photo of this size.
    public init(_ annotation: Annotation, height: Int, width: Int) {
        self.init(height: height, width: width)
        switch annotation {
        case .none: break
        case .boxes(let list): boxes = list.map { [Double($0.x0), Double($0.y0), Double($0.x1), Double($0.y1)] }
        case .scribbles(let list):
            scribbles = list.map { Stroke(points: $0.points.map { [$0.x, $0.y] }, thickness: $0.thickness) }
        case .points(let list): points = list.map { [$0.x, $0.y] }
        case .mask(let whole): mask = RunLengthMask(whole).counts
        }
    }

    /// Checks sizes and numbers before anything is made of them.
    ///
    /// - Parameters:
    ///   - count: the most boxes, points and corners of strokes.
    ///   - pixels: the most pixels of the frame.
    /// - Throws: ``PhotoSessionError``.
    public func validate(count: Int, pixels: Int) throws(PhotoSessionError) {
        guard (1...(1 << 16)).contains(height), (1...(1 << 16)).contains(width), height * width <= pixels else {
            throw .unusable(
                "marks", found: "a frame of \(width)x\(height)", expected: "sides of at least 1 and at most \(pixels) pixels",
                advice: "give width and height of the picture that the marks are drawn on")
        }
        let corners = (scribbles ?? []).reduce(0) { $0 + $1.points.count }
        let sum = (boxes?.count ?? 0) + (points?.count ?? 0) + corners
        guard sum <= count else { throw .limit("marks", found: "\(sum) boxes, points and corners", expected: "\(count)") }
        for box in boxes ?? [] { try require(box, count: 4, "a box", "[x0, y0, x1, y1]") }
        for point in points ?? [] { try require(point, count: 2, "a point", "[x, y]") }
        for stroke in scribbles ?? [] {
            let thickness = stroke.thickness ?? 1
            guard !stroke.points.isEmpty, (0...100_000).contains(thickness) else {
                throw .unusable(
                    "scribble", found: "\(stroke.points.count) corners and a thickness of \(thickness)",
                    expected: "at least one corner and 0...100000", advice: "send what was drawn")
            }
            for point in stroke.points { try require(point, count: 2, "a corner of a stroke", "[x, y]") }
        }
        if let mask, RunLengthMask(height: height, width: width, counts: mask) == nil {
            throw .unusable(
                "mask", found: "\(mask.count) runs that do not add up to \(width)x\(height)",
                expected: "lengths of runs down the columns, background first", advice: "send the runs of the whole frame")
        }
    }

    private func require(_ list: [Double], count: Int, _ what: String, _ form: String) throws(PhotoSessionError) {
        guard list.count == count, list.allSatisfy({ abs($0) < 1e7 }) else {
            throw .unusable(
                what, found: "\(list.count) numbers, or no finite ones", expected: form, advice: "give pixels of the frame")
        }
    }
}
