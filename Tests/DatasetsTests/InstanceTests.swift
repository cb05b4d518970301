import Foundation
import TensorCore
import Testing

@testable import Datasets

/// Masks of every kind: sparse, dense, full and empty, of odd sides.
private func randomMasks() -> [BinaryMask] {
    var random = NumPyRandom(seed: 7)
    return [(1, 1), (1, 9), (9, 1), (7, 12), (16, 16), (23, 31)].flatMap { height, width in
        [0, 1, 3, 6, 9, 10].map { density in
            BinaryMask(height: height, width: width) { _, _ in random.interval(9) < density }
        }
    }
}

private func disc(_ x: Int, _ y: Int, _ radius: Int) -> (Int, Int) -> Bool {
    { ($0 - x) * ($0 - x) + ($1 - y) * ($1 - y) <= radius * radius }
}

@Suite struct InstanceTests {
    @Test func partsAreTheConnectedRegions() {
        for mask in randomMasks() {
            let (parts, regions) = (RowRuns.parts(of: mask), mask.regions())
            #expect(parts.map(\.area) == regions.map(\.pixels.count))
            #expect(parts.map(\.box) == regions.map(\.box))
            for (part, region) in zip(parts, regions) {
                var own = BinaryMask(height: mask.height, width: mask.width) { _, _ in false }
                for pixel in region.pixels { own.values[pixel] = true }
                let box = part.box
                #expect(
                    RunLengthMask(height: mask.height, width: mask.width, crop: part.crop, x: box.x0, y: box.y0)
                        == RunLengthMask(own))
            }
        }
    }

    @Test func boxesAndCutsOfRunsAreThoseOfPixels() throws {
        for mask in randomMasks() {
            let columns = RunLengthMask(mask)
            let box = mask.boundingBox ?? Box(x0: 0, y0: 0, x1: 0, y1: 0)
            let turned = BinaryMask(height: mask.width, width: mask.height) { x, y in mask.values[x * mask.width + y] }
            let rows = try #require(
                RunLengthMask(height: mask.height, width: mask.width, counts: RunLengthMask(turned).counts, order: .rows))
            for runs in [columns, rows] {
                #expect(runs.box == box)
                guard box.area > 0 else { continue }
                #expect(runs.crop(box) == mask.cropped(y: box.y0, x: box.x0, height: box.height, width: box.width))
            }
            #expect(MaskPolygons(columns, tolerance: 0.7) == MaskPolygons(mask, tolerance: 0.7))
        }
    }

    @Test func instancesHaveAreaBoxAndScoreTheLargestFirst() {
        let mask = BinaryMask("##....", "##..#.", "....##", "#.....")
        let map = ProbabilityMap(
            height: 4, width: 6, values: mask.values.enumerated().map { $1 ? Float($0 % 6) / 10 + 0.5 : 0.1 })
        let found = InstanceFinder().instances(of: mask, probabilities: map, className: "cup")
        #expect(found.map(\.area) == [4, 3, 1])
        #expect(
            found.map(\.box) == [
                Box(x0: 0, y0: 0, x1: 2, y1: 2), Box(x0: 4, y0: 1, x1: 6, y1: 3), Box(x0: 0, y0: 3, x1: 1, y1: 4),
            ])
        #expect(zip(found.map(\.score), [0.55, 0.9333, 0.5] as [Float]).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(found.allSatisfy { $0.className == "cup" && $0.runs.area == $0.area })
        #expect(InstanceFinder(minimumArea: 3).instances(of: mask, className: "cup").map(\.area) == [4, 3])
    }

    @Test func thingsThatTouchComeApartWhereTheyNarrow() {
        let (one, other) = (disc(20, 20, 12), disc(40, 22, 11))
        let pair = BinaryMask(height: 44, width: 60) { x, y in one(x, y) || other(x, y) }
        #expect(InstanceFinder().instances(of: pair, className: "").count == 1)
        for mostPixels in [1 << 20, 700] {
            let (labels, count) = TouchingParts(mostPixels: mostPixels).labels(of: pair)
            #expect(count == 2)
            #expect(labels[20 * 60 + 14] != labels[22 * 60 + 46])
            #expect(zip(labels, pair.values).allSatisfy { ($0 >= 0) == $1 })
        }
        let parted = InstanceFinder(separates: true).instances(of: pair, className: "")
        #expect(parted.count == 2 && parted.reduce(0) { $0 + $1.area } == pair.area)
        #expect(parted[0].box.x1 < 40 && parted[1].box.x0 > 20)
    }

    @Test func oneThingStaysOne() {
        let shapes: [BinaryMask] = [
            BinaryMask(height: 30, width: 90) { x, y in (5..<85).contains(x) && (8..<20).contains(y) },
            BinaryMask(height: 40, width: 40) { x, y in disc(20, 20, 15)(x, y) && !disc(20, 20, 7)(x, y) },
            BinaryMask(height: 40, width: 90) { x, y in x > 3 && x < 86 && abs(y - 20) < 6 + x / 9 },
            BinaryMask(height: 30, width: 30) { x, y in
                disc(15, 15, 10)(x, y) && (x * 7 + y * 3) % 11 > 0 || disc(15, 15, 6)(x, y)
            },
            BinaryMask(height: 3, width: 3) { x, y in x == y },
        ]
        for shape in shapes {
            #expect(InstanceFinder(separates: true).instances(of: shape, className: "").count == 1)
        }
    }
}

@Suite struct ConceptDecisionTests {
    @Test func theHigherProbabilityDecidesAsForNWays() throws {
        var random = NumPyRandom(seed: 3)
        let maps = (0..<3).map { _ in
            // Few values, so that equals occur.
            ProbabilityMap(height: 8, width: 9, values: (0..<72).map { _ in Float(random.interval(5)) / 5 })
        }
        var decision = ConceptDecision(height: 8, width: 9)
        for map in maps { decision.add(map, threshold: 0.5) }
        let expected = try NWayDecision.masks(of: maps.map { .probabilities($0) }, threshold: 0.5)
        #expect((1...3).map { decision.mask(of: $0) } == expected)
        let reached = (0..<72).map { pixel in maps.count { $0.values[pixel] >= 0.5 } }
        #expect(decision.contested == reached.count { $0 > 1 })
        for pixel in 0..<72 where decision.owners.values[pixel] > 0 {
            #expect(decision.best.values[pixel] == maps.map { $0.values[pixel] }.max())
        }
    }

    @Test func presenceWeighsWhereConceptsMeetAndTakesNoPixelFromWhoIsAlone() {
        var decision = ConceptDecision(height: 1, width: 3)
        decision.add(ProbabilityMap(height: 1, width: 3, values: [0.9, 0.9, 0.1]), threshold: 0.5, presence: 0.2)
        decision.add(ProbabilityMap(height: 1, width: 3, values: [0.6, 0.1, 0.4]), threshold: 0.5, presence: 0.8)
        #expect(decision.owners.values == [2, 1, 0])
        #expect(decision.best.values == [0.6, 0.9, 0])
        #expect(decision.contested == 1)
    }

    @Test func aConceptThatIsAbsentTakesNothing() {
        var decision = ConceptDecision(height: 1, width: 2)
        decision.add(ProbabilityMap(height: 1, width: 2, values: [0.9, 0.9]), threshold: .infinity)
        decision.add(ProbabilityMap(height: 1, width: 2, values: [0.6, .nan]), threshold: 0.5)
        #expect(decision.owners.values == [2, 0])
        #expect(decision.contested == 0)
    }
}

@Suite struct InstanceExportTests {
    private static let cup = BinaryMask("##..", "##..", "....")
    private static let pot = BinaryMask("....", "...#", "..##")

    private static func photos() -> [ExportedPhoto] {
        var photo = ExportedPhoto(
            file: "a, b.jpg", stem: "a", height: 3, width: 4,
            objects: [
                .init(
                    Instance(
                        className: "pot", runs: RunLengthMask(pot), box: Box(x0: 2, y0: 1, x1: 4, y1: 3), area: 3, score: 0.75)),
                .init(className: "cup", mask: cup),
            ])
        photo.classes = ["cup", "plate", "pot"]
        return [photo]
    }

    @Test func classesKeepTheNumbersThatTheyWereAskedIn() throws {
        let file = try MaskExportTests.coco(Self.photos())
        #expect(file.categories.map(\.name) == ["cup", "plate", "pot"])
        #expect(file.annotations.map(\.category_id) == [3, 1])
        #expect(file.annotations.map(\.score) == [0.75, nil])
        try withTemporaryFolder { folder in
            _ = try YOLOExport(tolerance: 0).write(Self.photos(), to: folder)
            let lines = try String(contentsOf: folder.appending(path: "labels/a.txt"), encoding: .utf8).split(separator: "\n")
            #expect(lines.map { $0.prefix(2) } == ["2 ", "0 "])
        }
    }

    @Test func areasAreATable() throws {
        try withTemporaryFolder { folder in
            let summary = try MaskExports.named("csv").write(Self.photos(), to: folder)
            #expect(summary.objects == 2)
            let text = try String(contentsOf: folder.appending(path: "instances.csv"), encoding: .utf8)
            #expect(
                text == """
                    photo,instance,class,area,share,x,y,width,height,score
                    "a, b.jpg",1,pot,3,0.250000,2,1,2,2,0.7500
                    "a, b.jpg",2,cup,4,0.333333,0,0,2,2,

                    """)
        }
    }

    @Test func probabilitiesAreAGreyPicture() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "map.png")
            try ProbabilityMap(height: 2, width: 3, values: [0, 0.5, 1, -1, 2, .nan]).save(to: url)
            #expect(try LabelMap.load(url).values == [0, 128, 255, 0, 255, 0])
        }
    }
}
