import Foundation
import Testing

@testable import Datasets

/// Masks of other tools, pixel for pixel and byte for byte (Scripts/goldens/annotations.py).
@Suite struct AnnotationGoldenTests {
    private struct Polygons: Decodable {
        var height: Int
        var width: Int
        var polygons: [[Double]]
        var counts: String
        var area: Int
    }

    private struct Mask: Decodable {
        var height: Int
        var width: Int
        var rows: [String]
        var counts: String
        var area: Int
    }

    private struct COCO: Decodable {
        var polygons: [Polygons]
        var masks: [Mask]
    }

    private struct Brush: Decodable {
        var height: Int
        var width: Int
        var rle: [UInt8]
        var counts: [Int]
    }

    private static func golden<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let url = Goldens.folder.deletingLastPathComponent().appending(path: "annotations/\(name).json")
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }

    private static func points(_ values: [Double]) -> [Point] {
        stride(from: 0, to: values.count, by: 2).map { Point(x: values[$0], y: values[$0 + 1]) }
    }

    @Test func polygonsAreFilledAsPycocotoolsFillsThem() throws {
        let cases = try Self.golden("coco", as: COCO.self).polygons
        #expect(cases.count > 60)
        for (index, golden) in cases.enumerated() {
            var canvas = MaskCanvas(height: golden.height, width: golden.width)
            for part in golden.polygons { canvas.fill(Self.points(part)) }
            let mask = canvas.mask
            #expect(mask.area == golden.area, "case \(index)")
            #expect(RunLengthMask(mask).compressed == golden.counts, "case \(index)")
        }
    }

    @Test func compressedRunsAreThoseOfPycocotools() throws {
        for golden in try Self.golden("coco", as: COCO.self).masks {
            let runs = try #require(
                RunLengthMask(height: golden.height, width: golden.width, compressed: golden.counts.utf8))
            #expect(runs.area == golden.area)
            #expect(runs.compressed == golden.counts)
            #expect(RunLengthMask(runs.mask) == runs)
            if !golden.rows.isEmpty { #expect(runs.mask.values == golden.rows.joined().map { $0 == "#" }) }
        }
    }

    @Test func runsThatDoNotFitAreRefused() {
        #expect(RunLengthMask(height: 2, width: 2, counts: [4]) != nil)
        for counts in [[3], [5], [1, 1, 1], [-1, 5], [Int.max, 4]] {
            #expect(RunLengthMask(height: 2, width: 2, counts: counts) == nil)
        }
        for text in ["", "3", "5", "`", "4 ", "~", String(repeating: "o", count: 40)] {
            #expect(RunLengthMask(height: 2, width: 2, compressed: text.utf8) == nil, "\(text)")
        }
        #expect(RunLengthMask(height: 0, width: 2, counts: []) == nil)
    }

    @Test func brushesOfLabelStudioAreDecoded() throws {
        for golden in try Self.golden("brushes", as: [Brush].self) {
            let runs = LabelStudioBrush.decode(golden.rle, height: golden.height, width: golden.width)
            let expected = RunLengthMask(height: golden.height, width: golden.width, counts: golden.counts, order: .rows)
            #expect(runs == expected)
            #expect(LabelStudioBrush.decode(golden.rle, height: golden.height + 1, width: golden.width) == nil)
            #expect(LabelStudioBrush.decode(golden.rle.dropLast(2), height: golden.height, width: golden.width) == nil)
        }
    }

    @Test func runsAlongRowsAndColumnsMarkTheSamePixels() throws {
        let mask = BinaryMask("..##", "#.#.", "####")
        let columns = RunLengthMask(mask)
        #expect(columns.counts == [1, 2, 2, 5, 1, 1])
        let rows = try #require(RunLengthMask(height: 3, width: 4, counts: [2, 3, 1, 1, 1, 4], order: .rows))
        #expect(rows.mask == mask)
        #expect(columns.mask == mask)
        var canvas = MaskCanvas(height: 5, width: 7)
        canvas.fill(rows, x: 2, y: 1)
        #expect(canvas.mask == BinaryMask(".......", "....##.", "..#.#..", "..####.", "......."))
    }
}
