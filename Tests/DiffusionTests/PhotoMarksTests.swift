internal import Datasets
internal import Diffusion
internal import Testing

/// Marks of a page to annotations of a photo.
@Suite("Marks in photos")
struct PhotoMarksTests {
    @Test("Marks of one kind stay that kind and move with the size of the photo")
    func kinds() throws {
        let box = PhotoMarks(height: 50, width: 100, boxes: [[80, 40, 20, 10]])
        #expect(try box.annotation(height: 100, width: 200) == .boxes([Box(x0: 40, y0: 20, x1: 160, y1: 80)]))
        let point = PhotoMarks(height: 50, width: 100, points: [[10, 5]])
        #expect(try point.annotation(height: 25, width: 50) == .points([Point(x: 5, y: 2.5)]))
        let stroke = PhotoMarks(height: 10, width: 10, scribbles: [.init(points: [[1, 2], [3, 4]], thickness: 2)])
        let scaled = Scribble(points: [Point(x: 2, y: 4), Point(x: 6, y: 8)], thickness: 4)
        #expect(try stroke.annotation(height: 20, width: 20) == .scribbles([scaled]))
    }

    @Test("What lies beyond the photo is cut off, and marks beside it are refused")
    func outside() throws {
        let wide = PhotoMarks(height: 10, width: 10, boxes: [[-5, -5, 50, 4]])
        #expect(try wide.annotation(height: 10, width: 10) == .boxes([Box(x0: 0, y0: 0, x1: 10, y1: 4)]))
        let far = PhotoMarks(height: 10, width: 10, points: [[400, -3]])
        #expect(try far.annotation(height: 10, width: 10) == .points([Point(x: 10, y: 0)]))
        #expect(throws: PhotoSessionError.self) {
            try PhotoMarks(height: 10, width: 10, boxes: [[20, 20, 30, 30]]).annotation(height: 10, width: 10)
        }
        let thin = PhotoMarks(height: 10, width: 10, boxes: [[9.9, 2, 9.9, 3]])
        #expect(try thin.annotation(height: 10, width: 10) == .boxes([Box(x0: 9, y0: 2, x1: 10, y1: 3)]))
    }

    @Test("Several kinds become the mask of all")
    func mixture() throws {
        // The two left columns of a frame of 2 x 4, then a box over the last pixel.
        let marks = PhotoMarks(height: 2, width: 4, boxes: [[3, 1, 4, 2]], mask: [0, 4, 4])
        guard case .mask(let mask) = try marks.annotation(height: 2, width: 4) else {
            Issue.record("expected a mask")
            return
        }
        #expect(mask.values == [true, true, false, false, true, true, false, true])
        #expect(PhotoMarks(.mask(mask), height: 2, width: 4).mask == [0, 4, 3, 1])
    }

    @Test(
        "Frames, lists and runs that cannot be are refused before anything is made of them",
        arguments: [
            PhotoMarks(height: 0, width: 4, points: [[1, 1]]),
            PhotoMarks(height: 60_000, width: 60_000, points: [[1, 1]]),
            PhotoMarks(height: 4, width: 4, points: [[1]]),
            PhotoMarks(height: 4, width: 4, points: [[.nan, 1]]),
            PhotoMarks(height: 4, width: 4, boxes: [[1, 2, 3]]),
            PhotoMarks(height: 4, width: 4, scribbles: [.init(points: [])]),
            PhotoMarks(height: 4, width: 4, scribbles: [.init(points: [[1, 1]], thickness: -1)]),
            PhotoMarks(height: 4, width: 4, mask: [3, 20]),
            PhotoMarks(height: 4, width: 4, mask: [.max, .max]),
            PhotoMarks(height: 4, width: 4, points: [[Double]](repeating: [1, 1], count: 21)),
        ])
    func refused(_ marks: PhotoMarks) {
        #expect(throws: PhotoSessionError.self) { try marks.validate(count: 20, pixels: 1000) }
    }

    @Test("JSON of marks is read, and bounded before a decoder sees it")
    func json() throws {
        let text = #"{"height": 4, "width": 6, "points": [[1, 2]]}"#
        #expect(
            try SessionText.decoded(PhotoMarks.self, from: Array(text.utf8)) == PhotoMarks(height: 4, width: 6, points: [[1, 2]]))
        let deep = String(repeating: "[", count: 20)
        let broken = [
            deep, "", "[]", #"{"height": 4}"#, #"{"height": "4", "width": 6}"#, "\u{0}", #"{"height": 1e99, "width": 1}"#,
        ]
        for text in broken {
            #expect(throws: PhotoSessionError.self) { try SessionText.decoded(PhotoMarks.self, from: Array(text.utf8)) }
        }
    }
}
