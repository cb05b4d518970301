internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

@testable internal import Diffusion

@Suite("First look at several classes")
struct FirstLookTests {
    /// Finds what it is told to.
    private struct Chosen: FirstLook {
        var found: [Bool]
        var threshold: Float { 0.5 }

        func scores(of classes: [LookedClass]) -> [Float] { found.map { $0 ? 1 : 0 } }
    }

    private static func shown() throws -> (query: RGBImage, supports: [[Support]]) {
        let one = try SmallModel.episode()
        let other = Support(image: one.query.flippedHorizontally(), annotation: .boxes([Box(x0: 5, y0: 8, x1: 40, y1: 50)]))
        return (one.query, [one.supports, [other]])
    }

    private static func finder(_ model: DiffUp, _ supports: [[Support]]) throws -> ConceptFinder {
        try ConceptFinder(model, shown: supports.map { ("x", $0) })
    }

    private static func map(_ values: [Float]) -> ProbabilityMap {
        ProbabilityMap(height: 1, width: 500, values: values + [Float](repeating: 0, count: 500 - values.count))
    }

    @Test("The leading look goes by pixels that no other class leads, weighed by presence")
    func leading() {
        // A share of 0.2 % of 500 pixels is one.
        var classes = [[0.9, 0.2], [0.8, 0.7], [0.1, 0.1]].map { LookedClass(probabilities: Self.map($0), presence: 1) }
        #expect(LeadingLook().scores(of: classes) == [0.9, 0.7, 0])
        classes[0].presence = 0.5
        #expect(LeadingLook().scores(of: classes) == [0, 0.8, 0])
        #expect(PresenceLook().scores(of: classes) == [0.5, 1, 1])
        #expect(LeadingLook().scores(of: []).isEmpty)
    }

    @Test("Words name a look and its threshold, others are refused")
    func words() throws {
        #expect(try FirstLookChoice(reading: "leading").threshold == LeadingLook.standardThreshold)
        let choice = try FirstLookChoice(reading: "presence:0.25")
        #expect(choice.name == "presence" && choice.threshold == 0.25 && choice.description == "presence:0.25")
        #expect(try choice.look() as? PresenceLook == PresenceLook(threshold: 0.25))
        #expect(try JSONDecoder().decode(FirstLookChoice.self, from: JSONEncoder().encode(choice)) == choice)
        for wrong in ["", "best", "leading:", "leading:two", "leading:1.5", "leading:nan", "presence:-1"] {
            #expect(throws: RunError.self) { try FirstLookChoice(reading: wrong) }
        }
    }

    @Test("A class that is found is drawn as without a look, one that is not has what one sample shows")
    func finding() throws {
        let model = try SmallModel.model()
        let (query, supports) = try Self.shown()
        let finder = try Self.finder(model, supports)
        let plain = try finder.find(in: query)
        for found in [[true, true], [false, true], [false, false]] {
            let looked = try finder.find(in: query, look: Chosen(found: found))
            for index in 0..<2 {
                #expect(looked[index].look == FirstLookOutcome(score: found[index] ? 1 : 0, isFound: found[index]))
                #expect((looked[index].probabilities == plain[index].probabilities) == found[index])
                // Two steps of the ensemble, one of the look.
                #expect(looked[index].steps == (found[index] ? 3 : 1))
                if found[index] { #expect(looked[index].presence == plain[index].presence) }
            }
        }
        #expect(plain.allSatisfy { $0.look == nil })
    }

    @Test("What a look sees of a class depends on no other class, nor on how many there are")
    func independent() throws {
        let model = try SmallModel.model()
        let (query, supports) = try Self.shown()
        let none = try Self.finder(model, supports).find(in: query, look: Chosen(found: [false, false]))
        // More than one call of the denoiser holds.
        let many = try Self.finder(model, [supports[1]] + [[Support]](repeating: supports[0], count: 17))
            .find(in: query, look: Chosen(found: [Bool](repeating: false, count: 18)))
        #expect(many.count == 18)
        for (place, own) in [(0, 1), (1, 0), (17, 0)] {
            let (one, other) = (many[place].probabilities.values, none[own].probabilities.values)
            #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-4 })
        }
        // One sample of one step from its own noise is no member of the ensemble.
        let first = try model.with {
            $0.ensemble = 1
            $0.sampler = DDIMSampler(steps: 1)
        }
        #expect(try Self.finder(first, [supports[0]]).find(in: query)[0].probabilities != none[0].probabilities)
    }

    @Test("A single class is drawn without a look, and so is nothing that its priors tell to be absent")
    func alone() throws {
        let (query, supports) = try Self.shown()
        let prior = try #require(SmallModel.configuration.parts().priors.first?.name)
        let samples = (0..<8).map { index in
            PresenceSample(signals: ["peak of \(prior)": Float(index)], isPresent: index % 2 == 0, classID: 0)
        }
        let calibration = try PresenceCalibration(
            fitting: samples,
            provenance: .init(
                decoder: "", backbones: [], dataset: "", listHash: "", classes: [], episodeHash: "", settings: [:]))
        let model = try SmallModel.model().with { $0.presence = calibration }
        let single = try Self.finder(model, [supports[0]])
        let plain = try single.find(in: query)[0]
        let looked = try single.find(in: query, look: Chosen(found: [false]))[0]
        #expect(looked.probabilities == plain.probabilities && looked.steps == plain.steps && looked.look == nil)
        let both = try Self.finder(model, supports)
        for tiling in [nil, PhotoTiling.along(2)] {
            let absent = try both.find(in: query, tiling: tiling, absentBelow: 1, look: LeadingLook())
            #expect(absent.allSatisfy { $0.steps == 0 && $0.look == nil })
        }
        // Known from priors alone, presence is the same whoever draws.
        let none = try both.find(in: query, look: Chosen(found: [false, false]))
        #expect(none.map(\.presence) == (try both.find(in: query).map(\.presence)))
        let empty = try both.find(in: query, absentBelow: none[0].presence.nextUp, look: LeadingLook(threshold: 0))
        #expect(empty[0].probabilities.values.allSatisfy { $0 == 0 })
    }

    @Test("Every tile is looked at, and the best of them says whether a class is there")
    func tiles() throws {
        let (query, supports) = try Self.shown()
        let finder = try Self.finder(SmallModel.model(), supports)
        let plain = try finder.find(in: query, tiling: .along(2))
        let looked = try finder.find(in: query, tiling: .along(2), look: Chosen(found: [true, false]))
        #expect(looked.map(\.look?.isFound) == [true, false])
        #expect(looked.map(\.steps) == [12, 4])
        #expect(looked[0].probabilities == plain[0].probabilities && looked[1].probabilities != plain[1].probabilities)
        let joined = FirstLookOutcome.joined(
            FirstLookOutcome(score: 0.2, isFound: true), FirstLookOutcome(score: 0.4, isFound: false))
        #expect(joined == FirstLookOutcome(score: 0.4, isFound: true))
    }
}
