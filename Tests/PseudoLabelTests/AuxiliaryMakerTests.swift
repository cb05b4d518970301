internal import Datasets
internal import Foundation
@testable internal import PseudoLabel
internal import Synchronization
internal import TensorCore
internal import Testing

@Suite("Auxiliary supports are made")
struct AuxiliaryMakerTests {
    private typealias Fixtures = AuxiliaryFixtures

    private static func settings(_ change: (inout AuxiliarySettings) -> Void = { _ in }) -> AuxiliarySettings {
        var settings = AuxiliarySettings()
        change(&settings)
        return settings
    }

    @Test("As many as asked for, in the support's size with its mask, named after it, the same again")
    func plain() throws {
        let generator = Fixtures.Squares()
        let maker = AuxiliaryMaker(generator, settings: Self.settings { $0.count = 3 })
        let support = Fixtures.support(height: 64, width: 64)
        let made = try maker.companions(of: support, of: Fixtures.ring)
        #expect(made.map(\.index) == [0, 1, 2])
        #expect(made.allSatisfy { $0.support.image.height == 64 && $0.support.annotation == support.annotation })
        #expect(Set(made.map(\.support.id)).count == 3 && made.allSatisfy { $0.support.id.hasPrefix("photo#") })
        _ = try maker.companions(of: support, of: Fixtures.ring)
        #expect(generator.made.withLock { $0 } == [0, 1, 2])
    }

    @Test("Pictures on disk are made once, also after one failed, and a damaged one anew")
    func cache() throws {
        let folder = try Fixtures.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = Self.settings { $0.count = 3 }
        let support = Fixtures.support()
        let broken = Fixtures.Squares(failing: [2])
        #expect(throws: GenerationError.self) {
            _ = try AuxiliaryMaker(broken, settings: settings, cache: GenerationCache(folder))
                .companions(of: support, of: Fixtures.ring)
        }
        let whole = Fixtures.Squares()
        let maker = AuxiliaryMaker(whole, settings: settings, cache: GenerationCache(folder))
        let made = try maker.companions(of: support, of: Fixtures.ring)
        #expect(whole.made.withLock { $0 } == [2])
        let plain = try AuxiliaryMaker(Fixtures.Squares(), settings: settings).companions(of: support, of: Fixtures.ring)
        #expect(made.map(\.support.image) == plain.map(\.support.image))

        let cache = GenerationCache(folder)
        let request = try maker.requests(support, of: Fixtures.ring)[1]
        try Data("no picture".utf8).write(to: cache.file(key: maker.key(request)))
        let again = Fixtures.Squares()
        _ = try AuxiliaryMaker(again, settings: settings, cache: cache).companions(of: support, of: Fixtures.ring)
        #expect(again.made.withLock { $0 } == [1] && cache.remarks.count == 1)
    }

    @Test("Everything that decides a picture decides its key")
    func keys() throws {
        func key(
            _ generator: some AuxiliaryGenerator = Fixtures.Squares(), support: Support = Fixtures.support(),
            item: FewShotClass = Fixtures.ring, _ change: (inout AuxiliarySettings) -> Void = { _ in }
        ) throws -> String {
            let maker = AuxiliaryMaker(generator, settings: Self.settings(change))
            return maker.key(try #require(try maker.requests(support, of: item).first))
        }
        let all = [
            try key(), try key(Fixtures.Squares(identity: "other")), try key(support: Fixtures.support(x: 9)),
            try key(support: Fixtures.support(id: "other")), try key(item: FewShotClass(id: 2, name: "striped ring")),
            try key(item: FewShotClass(id: 1, name: "star")), try key { $0.control = .hed }, try key { $0.steps = 2 },
            try key { $0.guidance = 3 }, try key { $0.strength = 0.5 }, try key { $0.prompt = "a {class}" },
            try key { $0.negativePrompt = "" }, try key { $0.side = 256 }, try key { $0.seed = 1 },
        ]
        #expect(Set(all).count == all.count)
        // The number that is wanted decides no picture: more of them begin with the same.
        #expect(try key() == key { $0.count = 1 })
    }

    @Test("The release fills up with the support, skips classes above 20 and has two commas")
    func released() throws {
        let released = AuxiliarySettings.released
        #expect(released.prompt(for: "cat") == "a real shot photo of cat,, best quality, extremely detailed")
        #expect(AuxiliarySettings().prompt(for: "cat") == "a real shot photo of cat, best quality, extremely detailed")
        #expect((released.steps, AuxiliarySettings().steps, released.count, released.guidance) == (2, 20, 4, 9))
        let support = Fixtures.support()
        let maker = AuxiliaryMaker(Fixtures.Squares(missing: [1]), settings: released)
        let some = try maker.companions(of: support, of: Fixtures.ring)
        #expect(some.count == 4 && some.map { $0.support.id == "photo" } == [false, false, false, true])
        let late = try maker.companions(of: support, of: FewShotClass(id: 21, name: "elephant"))
        #expect(late.count == 4 && late.allSatisfy { $0.support.image == support.image })
        let plain = AuxiliaryMaker(Fixtures.Squares(missing: [1]), settings: AuxiliarySettings())
        #expect(try plain.companions(of: support, of: FewShotClass(id: 21, name: "elephant")).count == 3)
        #expect(try maker.requests(support, of: Fixtures.ring).allSatisfy { $0.seed <= 65535 })
    }

    @Test("The best of many are kept, by features or by a segmenter's mask, and none below a threshold")
    func filter() throws {
        let support = Fixtures.support()
        let generator = Fixtures.Squares(still: [3, 5])
        let consistency = MaskConsistency(
            features: Fixtures.Colors(), estimator: SegmenterMaskEstimator(Fixtures.Red()))
        func kept(_ change: (inout AuxiliarySettings) -> Void) throws -> [Int] {
            let settings = Self.settings {
                $0.count = 2
                $0.filter.candidates = 6
                change(&$0)
            }
            return try AuxiliaryMaker(generator, settings: settings, consistency: consistency)
                .companions(of: support, of: Fixtures.ring).map(\.index)
        }
        // 0 is not moved either; the first of equals are kept.
        for measure in ConsistencyMeasure.allCases {
            #expect(try kept { $0.filter.measure = measure } == [0, 3], "\(measure)")
        }
        #expect(try kept { ($0.count, $0.filter.measure, $0.filter.threshold) = (6, .mask, 0.99) } == [0, 3, 5])
        #expect(try kept { ($0.filter.candidates, $0.filter.threshold) = (0, -1) } == [0, 1])
    }

    @Test("Scores fall with drift, and a segmenter's own mask replaces the shared one where it is wanted")
    func drift() throws {
        let support = Fixtures.support()
        let consistency = MaskConsistency(
            features: Fixtures.Colors(), estimator: SegmenterMaskEstimator(Fixtures.Red()))
        let scores = try (0..<4).map { move in
            let picture = Fixtures.support(x: 8 + 2 * move).image
            return try consistency.score(picture, of: support, Fixtures.mask(support)).score
        }
        #expect(abs(scores[0].similarity - 1) < 1e-5 && scores[0].overlap == 1)
        for (before, after) in zip(scores, scores.dropFirst()) {
            #expect(after.similarity < before.similarity && after.contrast < before.contrast)
            #expect((after.overlap ?? 1) < (before.overlap ?? 0))
        }
        let settings = Self.settings { ($0.count, $0.mask) = (3, .estimated) }
        let made = try AuxiliaryMaker(Fixtures.Squares(), settings: settings, consistency: consistency)
            .companions(of: support, of: Fixtures.ring)
        #expect(made.map { Fixtures.mask($0.support).boundingBox?.x0 } == [8, 10, 12])
    }

    @Test("Numbers out of range are refused by name")
    func ranges() {
        for (assignment, key) in [
            ("count=65", "count"), ("steps=0", "steps"), ("filter.candidates=2", "filter.candidates"),
            ("filter.threshold=2", "filter.threshold"), ("side=10", "side"), ("control=depth", "control"),
            ("mask=none", "mask"), ("nothing=1", "nothing"),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try AuxiliarySettings().changed(byFile: nil, assignments: [assignment])
            }
            #expect("\(error as Any)".contains(key), "\(assignment)")
        }
        #expect(AuxiliarySettings.ranges.uncovered(in: (try? ConfigurationTree(encoding: AuxiliarySettings())) ?? .null).isEmpty)
        #expect(DifFSSSettings.ranges.uncovered(in: (try? ConfigurationTree(encoding: DifFSSSettings())) ?? .null).isEmpty)
    }
}
