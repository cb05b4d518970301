import Foundation
import Testing

@testable import Datasets

/// A box that reaches beyond the object on every side.
private struct LooseBox: AnnotationMaker {
    var margin: Int
    var kind: AnnotationKind { .box }

    func annotation(for mask: BinaryMask, seed: UInt64) -> Annotation {
        guard let box = mask.boundingBox else { return .none }
        return .boxes([
            Box(
                x0: max(0, box.x0 - margin), y0: max(0, box.y0 - margin), x1: min(mask.width, box.x1 + margin),
                y1: min(mask.height, box.y1 + margin))
        ])
    }
}

@Suite("Weak labels") struct WeakLabelTests {
    private static let disc = BinaryMask(height: 90, width: 120) { x, y in (x - 50) * (x - 50) + (y - 45) * (y - 45) < 600 }
    private static let shapes: [BinaryMask] = [
        disc, BinaryMask(height: 80, width: 120) { x, y in (10..<110).contains(x) && (30..<50).contains(y) },
        BinaryMask(height: 60, width: 60) { x, y in x == y || x + y == 59 }, BinaryMask(height: 50, width: 50) { _, _ in true },
        BinaryMask(height: 100, width: 200) { x, y in (x < 80 && y < 60) || (x > 150 && y > 30) },
        BinaryMask(height: 300, width: 400) { x, y in (x / 20 + y / 20) % 3 == 0 }, BinaryMask("....", ".#..", "...."),
    ]

    private static func mask(_ rule: String, _ mask: BinaryMask = disc, seed: UInt64 = 0) throws -> BinaryMask {
        guard case .mask(let found) = try #require(AnnotationRule(rawValue: rule)).annotation(for: mask, seed: seed) else {
            throw CocoaError(.coderInvalidValue)
        }
        return found
    }

    private static func contains(_ outer: BinaryMask, _ inner: BinaryMask) -> Bool {
        zip(outer.values, inner.values).allSatisfy { $0 || !$1 }
    }

    @Test("The same mask and seed give the same annotation, of the kind that the rule names", arguments: AnnotationRule.allCases)
    func repeatable(_ rule: AnnotationRule) throws {
        // Nothing stays of a picture that is smaller than the shift.
        for mask in Self.shapes where rule != .maskShifted || mask.width > AnnotationRule.defaultInaccuracy {
            for seed: UInt64 in [0, 7] {
                let first = try rule.annotation(for: mask, seed: seed)
                #expect(try rule.annotation(for: mask, seed: seed) == first)
                #expect(first.kind == rule.kind)
                if rule.kind != .none { #expect(try first.rasterised(height: mask.height, width: mask.width).area > 0) }
            }
        }
    }

    @Test("Chance moves what is drawn at random and nothing else", arguments: AnnotationRule.allCases)
    func seeds(_ rule: AnnotationRule) throws {
        let drawn = try (0..<4).map { try rule.annotation(for: Self.disc, seed: UInt64($0)) }
        let isRandom = ["scribble", "scribble-brush", "point", "mask-shifted"].contains(rule.rawValue)
        if isRandom {
            #expect(drawn.dropFirst().contains { $0 != drawn[0] })
        } else {
            #expect(drawn.allSatisfy { $0 == drawn[0] })
        }
    }

    @Test("A dilated mask contains the mask and reaches exactly as far as it says", arguments: [1, 3, 5, 12])
    func dilated(_ amount: Int) throws {
        let found = try Self.mask("mask-dilated-\(amount)")
        #expect(Self.contains(found, Self.disc) && found != Self.disc)
        let distances = DistanceTransform.squared(Self.disc, to: true)
        for pixel in found.values.indices { #expect(found.values[pixel] == (distances[pixel] <= Double(amount * amount))) }
        if amount == AnnotationRule.defaultInaccuracy { #expect(try Self.mask("mask-dilated") == found) }
    }

    @Test("The mask contains an eroded one, whose pixels are as deep as it says", arguments: [1, 3, 5, 12])
    func eroded(_ amount: Int) throws {
        let found = try Self.mask("mask-eroded-\(amount)")
        #expect(Self.contains(Self.disc, found) && found != Self.disc && found.area > 0)
        let depths = DistanceTransform.squared(Self.disc, to: false)
        for pixel in found.values.indices where Self.disc.values[pixel] {
            #expect(found.values[pixel] == (depths[pixel] > Double(amount * amount)))
        }
        if amount == AnnotationRule.defaultInaccuracy { #expect(try Self.mask("mask-eroded") == found) }
    }

    @Test("What is thinner than the erosion keeps its innermost pixels")
    func thin() throws {
        for mask in Self.shapes {
            let found = try Self.mask("mask-eroded-400", mask)
            #expect(found.area > 0 && Self.contains(mask, found))
        }
        let bar = BinaryMask(".......", ".#####.", ".#####.", ".#####.", ".......")
        #expect(try Self.mask("mask-eroded-9", bar) == BinaryMask(".......", ".......", "..###..", ".......", "......."))
    }

    @Test("A shifted mask is the mask moved by the stated pixels in one or both coordinates", arguments: [1, 4, 9])
    func shifted(_ amount: Int) throws {
        var directions: Set<[Int]> = []
        for seed: UInt64 in 0..<60 {
            let found = try Self.mask("mask-shifted-\(amount)", seed: seed)
            let (own, moved) = try (#require(Self.disc.boundingBox), #require(found.boundingBox))
            let (x, y) = (moved.x0 - own.x0, moved.y0 - own.y0)
            #expect(max(abs(x), abs(y)) == amount && [0, amount].contains(abs(x)) && [0, amount].contains(abs(y)))
            #expect(found.area == Self.disc.area)
            for pixel in Self.disc.values.indices where Self.disc.values[pixel] {
                #expect(found.values[pixel + y * Self.disc.width + x])
            }
            directions.insert([x, y])
        }
        #expect(directions.count == 8)
    }

    @Test("A shift keeps half of the object in the picture where a direction does, and something of it at least")
    func shiftedInside() throws {
        let corner = BinaryMask(height: 40, width: 40) { x, y in x < 10 && y < 10 }
        for seed: UInt64 in 0..<30 { #expect(try 2 * Self.mask("mask-shifted-12", corner, seed: seed).area >= corner.area) }
        let whole = BinaryMask(height: 40, width: 40) { _, _ in true }
        #expect(try Self.mask("mask-shifted-30", whole).area == 400)
        let error = #expect(throws: DatasetError.self) { try Self.mask("mask-shifted-40", whole) }
        #expect(error?.advice == "shift by less")
    }

    @Test("Brush strokes stay on the object, also where it is thin", arguments: shapes)
    func brush(_ mask: BinaryMask) throws {
        var counts: Set<Int> = []
        for seed: UInt64 in 0..<12 {
            let scribbles = ScribbleBrush(seed: seed).scribbles(on: mask)
            counts.insert(scribbles.count)
            let drawn = try Annotation.scribbles(scribbles).rasterised(height: mask.height, width: mask.width)
            #expect(drawn.area > 0 && Self.contains(mask, drawn))
            #expect(ScribbleBrush.strokeCounts.contains(scribbles.count))
        }
        #expect(counts.count > 3)
    }

    @Test("A brush paints curves of several pixels, wider in larger pictures")
    func strokes() {
        let large = BinaryMask(height: 800, width: 800) { x, y in (200..<600).contains(x) && (200..<600).contains(y) }
        let strokes = ScribbleBrush(seed: 3).scribbles(on: large)
        #expect(strokes.contains { $0.points.count > 200 })
        #expect(strokes.contains { $0.thickness >= 6 } && strokes.allSatisfy { $0.thickness <= 18 })
        #expect(ScribbleBrush(seed: 3).scribbles(on: BinaryMask("..")).isEmpty)
    }

    @Test("As many points as asked for, on the object, each once")
    func points() throws {
        for count in [1, 5, 200] {
            let rule = try #require(AnnotationRule(rawValue: "point-\(count)"))
            guard case .points(let points) = try rule.annotation(for: Self.disc, seed: 4) else {
                Issue.record("expected points")
                return
            }
            #expect(points.count == count && Set(points).count == count)
            #expect(points.allSatisfy { Self.disc.values[Int($0.y) * 120 + Int($0.x)] })
        }
    }

    @Test("The largest box is that of the region with the most pixels, not of the widest")
    func largest() throws {
        let mask = BinaryMask(height: 20, width: 40) { x, y in y == 1 || (x < 6 && (5..<15).contains(y)) }
        #expect(try AnnotationRule.boxLargest.annotation(for: mask, seed: 0) == .boxes([Box(x0: 0, y0: 5, x1: 6, y1: 15)]))
    }

    @Test("Without an annotation the name is given where the rule says so, and only there")
    func names() throws {
        let dataset = ListedDataset()
        let reference = try EpisodeSampler(.vocUniform).episodes(from: dataset.items, shots: 1, count: 1)[0]
        for rule in AnnotationRule.allCases {
            let episode = try EvaluationProtocol.vocUniform.loader(for: dataset, annotationRule: rule).load(reference).episode
            #expect((episode.text != nil) == [.noneNamed, .word].contains(rule))
            #expect(episode.supports.isEmpty == (rule == .word) && rule.showsSupports == (rule != .word))
            if rule.kind == .none, rule.showsSupports { #expect(episode.supports[0].annotation == .none) }
        }
    }

    @Test(
        "A rule is read as it is written", arguments: ["mask", "point-3", "mask-dilated-12", "box-largest", "none-named", "word"])
    func text(_ text: String) throws {
        let rule = try #require(AnnotationRule(rawValue: text))
        let data = try JSONEncoder().encode([rule])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([AnnotationRule].self, from: data) == [rule])
    }

    @Test(
        "Other texts are no rule",
        arguments: [
            "", "masks", "mask-", "mask-5", "box-5", "point-", "point-0", "point-05", "point-+5", "point--1", "point-1001",
            "mask-dilated-0", "mask-eroded-x", "mask-shifted-513", "mask-shifted-1.5", "none-", "Mask",
        ])
    func noText(_ text: String) {
        #expect(AnnotationRule(rawValue: text) == nil)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([AnnotationRule].self, from: Data("[\"\(text)\"]".utf8)) }
    }

    @Test("A rule of one's own is found by its name, with its parameter")
    func own() throws {
        AnnotationRule.register("test-loose") { parameter in
            parameter.flatMap { Int($0) }.map { LooseBox(margin: $0) }
        }
        #expect(AnnotationRule(rawValue: "test-loose") == nil)
        let rule = try #require(AnnotationRule(rawValue: "test-loose-4"))
        let box = try #require(Self.disc.boundingBox)
        #expect(rule.kind == .box && !rule.givesText)
        #expect(
            try rule.annotation(for: Self.disc, seed: 0)
                == .boxes([Box(x0: box.x0 - 4, y0: box.y0 - 4, x1: box.x1 + 4, y1: box.y1 + 4)]))
        #expect(throws: DatasetError.self) { try rule.annotation(for: BinaryMask(".."), seed: 0) }
        // It needs its number, so that it stands in no list of rules that need none.
        #expect(AnnotationRule.names.contains("test-loose") && !AnnotationRule.allCases.contains { $0.rawValue == "test-loose" })
    }

    @Test("The sheet has a photo and a picture for every rule of every example")
    func sheet() throws {
        let dataset = ListedDataset()
        let one = try AnnotationSheet.picture(of: dataset)
        let two = try AnnotationSheet.picture(of: dataset, examples: 2)
        #expect(one.width == two.width && two.height > one.height * 3 / 2)
        #expect(try AnnotationSheet.picture(of: dataset) == one)
        #expect(try AnnotationSheet.picture(of: dataset, seed: 1) != one)
        let few = try AnnotationSheet.picture(of: dataset, rules: [.mask, .box])
        #expect(few.height < one.height && few.width < one.width)
    }
}
