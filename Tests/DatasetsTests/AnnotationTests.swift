import Foundation
import Testing

@testable import Datasets

@Suite struct AnnotationRasterTests {
    @Test func fillsBoxes() throws {
        let mask = try Annotation.boxes([Box(x0: 1, y0: 0, x1: 3, y1: 2), Box(x0: 3, y0: 2, x1: 4, y1: 3)])
            .rasterised(height: 3, width: 4)
        #expect(mask == BinaryMask(".##.", ".##.", "...#"))
    }

    @Test func aFullBoxEqualsTheFullMask() throws {
        let full = BinaryMask(height: 5, width: 7) { _, _ in true }
        let box = try AnnotationRule.boxWhole.annotation(for: full, seed: 0)
        #expect(box == .boxes([Box(x0: 0, y0: 0, x1: 7, y1: 5)]))
        #expect(try box.rasterised(height: 5, width: 7) == full)
        #expect(try Annotation.none.rasterised(height: 5, width: 7) == full)
    }

    @Test func drawsStrokesAndPoints() throws {
        let line = Scribble(points: [Point(x: 0.5, y: 1.5), Point(x: 4.5, y: 1.5)], thickness: 1)
        #expect(
            try Annotation.scribbles([line]).rasterised(height: 3, width: 6) == BinaryMask("......", "#####.", "......")
        )
        let wide = Scribble(points: line.points, thickness: 2.5)
        #expect(
            try Annotation.scribbles([wide]).rasterised(height: 3, width: 6)
                == BinaryMask("#####.", "######", "#####."))
        let corner = Annotation.points([Point(x: 6, y: 3), Point(x: 0, y: 0)])
        #expect(try corner.rasterised(height: 3, width: 6) == BinaryMask("#.....", "......", ".....#"))
    }

    @Test(arguments: [
        Annotation.mask(BinaryMask("#")), .mask(BinaryMask("....", "....")),
        .boxes([]), .boxes([Box(x0: 0, y0: 0, x1: 5, y1: 1)]), .boxes([Box(x0: -1, y0: 0, x1: 2, y1: 1)]),
        .boxes([Box(x0: 2, y0: 0, x1: 2, y1: 1)]), .boxes([Box(x0: .min, y0: .min, x1: .max, y1: .max)]),
        .points([Point(x: 4.1, y: 0)]), .points([Point(x: .nan, y: 0)]), .points([]), .scribbles([]),
        .scribbles([Scribble(points: [])]), .scribbles([Scribble(points: [Point(x: .infinity, y: 0)])]),
    ]) func refusesWhatDoesNotFit(_ annotation: Annotation) {
        #expect(throws: DatasetError.self) { try annotation.rasterised(height: 2, width: 4) }
    }
}

@Suite struct AnnotationRuleTests {
    private let two = BinaryMask("##....", "##...#", "....#.", "......")

    @Test func boxesOfRegions() throws {
        // Diagonal neighbours belong together.
        #expect(
            try AnnotationRule.box.annotation(for: two, seed: 0)
                == .boxes([Box(x0: 0, y0: 0, x1: 2, y1: 2), Box(x0: 4, y0: 1, x1: 6, y1: 3)]))
        #expect(
            try AnnotationRule.boxWhole.annotation(for: two, seed: 0) == .boxes([Box(x0: 0, y0: 0, x1: 6, y1: 3)]))
        #expect(
            try AnnotationRule.boxLargest.annotation(for: two, seed: 0) == .boxes([Box(x0: 0, y0: 0, x1: 2, y1: 2)]))
        #expect(try AnnotationRule.mask.annotation(for: two, seed: 0) == .mask(two))
    }

    @Test func pointsLieOnTheObject() throws {
        guard case .points(let few) = try AnnotationRule.point.annotation(for: two, seed: 5) else {
            Issue.record("expected points")
            return
        }
        #expect(few.count == 6 && Set(few).count == 6)
        let large = BinaryMask(height: 40, width: 40) { x, y in (x - 20) * (x - 20) + (y - 20) * (y - 20) < 200 }
        guard case .points(let many) = try AnnotationRule.point.annotation(for: large, seed: 5) else {
            Issue.record("expected points")
            return
        }
        #expect(many.count == 20)
        for point in many { #expect(large.values[Int(point.y) * 40 + Int(point.x)]) }
    }

    @Test(arguments: AnnotationRule.allCases) func refusesEmptyMasks(_ rule: AnnotationRule) {
        #expect(throws: DatasetError.self) {
            try rule.annotation(for: BinaryMask("...", "..."), seed: 0)
        }
    }

    @Test func seedsDependOnImageAndClassAlone() {
        let seed = AnnotationRule.seed(1, image: "a", classID: 2)
        #expect(seed == AnnotationRule.seed(1, image: "a", classID: 2))
        #expect(seed != AnnotationRule.seed(2, image: "a", classID: 2))
        #expect(seed != AnnotationRule.seed(1, image: "b", classID: 2))
        #expect(seed != AnnotationRule.seed(1, image: "a", classID: 3))
    }
}

@Suite struct ScribbleRobotTests {
    private static let shapes: [BinaryMask] = [
        BinaryMask(height: 80, width: 120) { x, y in (10..<110).contains(x) && (30..<50).contains(y) },
        BinaryMask(height: 90, width: 90) { x, y in (x - 45) * (x - 45) + (y - 45) * (y - 45) < 900 },
        BinaryMask(height: 90, width: 90) { x, y in
            (400..<1600).contains((x - 45) * (x - 45) + (y - 45) * (y - 45))
        },
        BinaryMask(height: 60, width: 60) { x, y in x == y || x + y == 59 },
        BinaryMask(height: 50, width: 50) { _, _ in true },
        BinaryMask("##", "##"), BinaryMask("#"), BinaryMask("....", ".#..", "...."),
        BinaryMask(height: 100, width: 200) { x, y in (x < 80 && y < 60) || (x > 150 && y > 30) },
    ]

    @Test(arguments: shapes) func strokesStayOnTheObject(_ mask: BinaryMask) throws {
        for seed: UInt64 in 0..<4 {
            let scribbles = ScribbleRobot(seed: seed).scribbles(on: mask)
            #expect(scribbles.count == mask.regions().count)
            #expect(scribbles == ScribbleRobot(seed: seed).scribbles(on: mask))
            for point in scribbles.flatMap(\.points) {
                let (x, y) = (Int(point.x), Int(point.y))
                #expect(mask.values[y * mask.width + x])
            }
            let drawn = try Annotation.scribbles(scribbles).rasterised(height: mask.height, width: mask.width)
            #expect(drawn.area > 0)
        }
    }

    @Test func strokesRunAlongTheLongSide() throws {
        let points = try #require(ScribbleRobot(seed: 2).scribbles(on: Self.shapes[0]).first).points
        let columns = points.map(\.x)
        let rows = points.map(\.y)
        #expect(try #require(columns.max()) - #require(columns.min()) > 50)
        #expect(try #require(rows.max()) - #require(rows.min()) < 20)
    }

    @Test func seedsMoveTheHand() {
        let first = ScribbleRobot(seed: 0).scribbles(on: Self.shapes[0])
        #expect(first != ScribbleRobot(seed: 1).scribbles(on: Self.shapes[0]))
    }

    @Test func leavesSpecksOut() {
        let mask = BinaryMask(height: 100, width: 100) { x, y in (y < 50) || (x == 70 && y == 80) }
        #expect(ScribbleRobot(seed: 0).scribbles(on: mask).count == 1)
        #expect(ScribbleRobot(seed: 0).scribbles(on: BinaryMask("..")).isEmpty)
    }

    @Test func distancesAreExact() {
        let mask = BinaryMask(height: 17, width: 23) { x, y in (x * 7 + y * 13) % 29 != 0 }
        let found = DistanceTransform.squared(mask, to: false)
        let zeros = mask.values.indices.filter { !mask.values[$0] }
        for pixel in mask.values.indices {
            let brute = zeros.map { zero -> Int in
                let (dx, dy) = (zero % 23 - pixel % 23, zero / 23 - pixel / 23)
                return dx * dx + dy * dy
            }.min()
            #expect(found[pixel] == Double(brute ?? -1))
        }
    }

    @Test func skeletonsAreThinAndKeepTheShape() {
        let bar = Self.shapes[0].skeleton()
        #expect((60...110).contains(bar.area))
        #expect(bar.regions().count == 1)
        let ring = Self.shapes[2].skeleton()
        #expect(ring.regions().count == 1)
        #expect(ring.area > 100)
        #expect(BinaryMask("##", "##").skeleton().area == 1)
    }
}
