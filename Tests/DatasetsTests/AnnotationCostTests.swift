import Foundation
import Testing

@testable import Datasets

/// Small files that could cost much.
@Suite struct AnnotationCostTests {
    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        return try clock.measure(body) / .seconds(1)
    }

    /// Seconds on a loaded machine that runs other tests beside; alone a release build needs tenths of a second. A debug build is
    /// forty times slower.
    #if DEBUG
    private let bound = 120.0
    #else
    private let bound = 3.0
    #endif

    @Test func aHundredThousandBoxes() throws {
        let boxes = (0..<100_000).map { (index: Int) -> [Int] in
            [index % 3000, index % 2000, 3999 - index % 500, 2999 - index % 700]
        }
        let photo = AnnotatedPhoto(height: 3000, width: 4000)
        let texts = [
            boxes.map { $0.map(String.init).joined(separator: " ") }.joined(separator: "\n"), "{\"boxes\": \(boxes)}",
        ]
        for text in texts {
            try withTemporaryFolder { folder in
                let url = folder.appending(path: "f")
                try Data(text.utf8).write(to: url)
                let time = try seconds {
                    guard case .boxes(let read) = try AnnotationFile.read(url, for: photo).annotation else {
                        Issue.record("no boxes")
                        return
                    }
                    #expect(read.count == 100_000)
                }
                #expect(time < bound)
            }
        }
    }

    @Test func aHundredThousandAnnotationsOfOnePhoto() throws {
        let annotations = (0..<100_000).map { (index: Int) -> String in
            let (x, y) = (index % 300, index % 211)
            return "{\"image_id\": 1, \"category_id\": 1, \"segmentation\": [[\(x), \(y), \(x + 9).5, \(y), \(x), \(y + 7).25]]}"
        }
        let text =
            "{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}], \"annotations\": [\(annotations.joined(separator: ","))]}"
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "f")
            try Data(text.utf8).write(to: url)
            let time = try seconds {
                let loaded = try AnnotationFile.read(url, for: AnnotatedPhoto(name: "a.jpg", height: 240, width: 320))
                #expect(loaded.annotation.kind == .mask)
            }
            #expect(time < 2 * bound)
        }
    }

    @Test func aStrokeOfFiftyThousandPoints() throws {
        // Every part crosses the whole photo.
        let points = (0..<50_000).map { (index: Int) -> Point in
            let x = index % 2 * 3000 + index % 7
            return Point(x: Double(x), y: Double(index * 37 % 2000))
        }
        let time = try seconds {
            let mask = try Annotation.scribbles([Scribble(points: points, thickness: 3)]).rasterised(height: 2000, width: 3010)
            #expect(mask.area > 100_000)
        }
        #expect(time < 3 * bound)
    }

    /// Every side crosses all columns: there are more changes than pixels, which are kept as bits.
    @Test func aPolygonOfManyLongSidesIsThatOfItsParts() {
        let (height, width) = (40, 60)
        let corners = (0..<3000).map { (index: Int) -> Point in
            Point(x: index % 2 == 0 ? 0.25 : 59.75, y: Double(index * 37 % 400) / 10)
        }
        // Triangles that share a corner cancel each other's inner sides, each with few changes of its own.
        var expected = [Bool](repeating: false, count: height * width)
        for index in 1..<(corners.count - 1) {
            let triangle = [corners[0], corners[index], corners[index + 1]]
            for run in PolygonRaster.runs(of: triangle, height: height, width: width) {
                for place in run { expected[place].toggle() }
            }
        }
        var found = [Bool](repeating: false, count: height * width)
        for run in PolygonRaster.runs(of: corners, height: height, width: width) {
            for place in run { found[place].toggle() }
        }
        #expect(found == expected && found.contains(true) && found.contains(false))
    }

    @Test func aPolygonOfFiftyThousandPointsThatAreFarAway() {
        let corners = (0..<50_000).map { (index: Int) -> Point in
            Point(x: index % 2 == 0 ? -1e9 : 1e9, y: Double(index % 977) * 1e6 - 4e8)
        }
        let time = seconds {
            var canvas = MaskCanvas(height: 30, width: 40)
            canvas.fill(corners)
            #expect(canvas.mask.values.count == 1200)
        }
        #expect(time < bound)
    }

    /// The rule for strokes, pixel by pixel: what the canvas computes row by row.
    @Test func strokesMarkTheSamePixelsAsTheRuleForEveryPixel() {
        var random = TestRandom(state: 4)
        for round in 0..<60 {
            let (height, width) = (1 + random.next(60), 1 + random.next(60))
            let count = 1 + random.next(5)
            let isWhole = round % 3 == 0
            let points = (0..<count).map { _ in
                let (x, y) = (random.unit() * Double(width), random.unit() * Double(height))
                return isWhole ? Point(x: x.rounded(), y: y.rounded()) : Point(x: x, y: y)
            }
            let thickness = [0.5, 1, 2, 3, 7.5][round % 5]
            var canvas = MaskCanvas(height: height, width: width)
            canvas.stroke(points, thickness: thickness)
            #expect(canvas.mask == Self.reference(points, thickness, height: height, width: width), "round \(round)")
        }
    }

    private static func reference(_ points: [Point], _ thickness: Double, height: Int, width: Int) -> BinaryMask {
        var mask = BinaryMask(height: height, width: width) { _, _ in false }
        for point in points {
            mask.values[min(height - 1, Int(point.y)) * width + min(width - 1, Int(point.x))] = true
        }
        let radius = max(thickness, 1) / 2
        for (start, end) in points.count == 1 ? [(points[0], points[0])] : Array(zip(points, points.dropFirst())) {
            let (dx, dy) = (end.x - start.x, end.y - start.y)
            let squared = dx * dx + dy * dy
            for y in 0..<height {
                for x in 0..<width {
                    let (px, py) = (Double(x) + 0.5 - start.x, Double(y) + 0.5 - start.y)
                    let t = min(max(squared > 0 ? (px * dx + py * dy) / squared : 0, 0), 1)
                    let (ex, ey) = (px - t * dx, py - t * dy)
                    if ex * ex + ey * ey <= radius * radius { mask.values[y * width + x] = true }
                }
            }
        }
        return mask
    }
}

/// A small generator for tests of this target.
struct TestRandom {
    var state: UInt64

    mutating func next(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }

    mutating func unit() -> Double { Double(next(1 << 24)) / Double(1 << 24) }
}
