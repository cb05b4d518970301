import Foundation
import Testing

@testable import Datasets

/// Finds what is as bright as the class's number says, more or less surely.
private struct ByClass: EpisodicSegmenter {
    var answer: @Sendable (Episode) -> Prediction

    func segment(_ episode: Episode) throws -> Prediction { answer(episode) }
}

@Suite("N-way episodes") struct NWayTests {
    private static let dataset = ListedDataset()

    @Test("One query, as many classes as asked for, each with supports of its own", arguments: [1, 2, 4])
    func episodes(_ ways: Int) throws {
        let sampler = NWaySampler(ways: ways, EpisodeSampler(.vocUniform, seed: 3))
        let episodes = try sampler.episodes(from: Self.dataset, shots: 2, count: 12)
        let single = try sampler.sampler.episodes(from: Self.dataset.items, shots: 2, count: 12)
        #expect(try sampler.episodes(from: Self.dataset, shots: 2, count: 12) == episodes)
        for (one, episode) in zip(single, episodes) {
            #expect(episode.query == one.query && episode.episodes.count == ways && episode.episodes.contains(one))
            let classes = episode.episodes.map(\.classID)
            #expect(classes == classes.sorted() && Set(classes).count == ways)
            for part in episode.episodes {
                #expect(Set(part.supports).count == 2 && !part.supports.contains(episode.query))
                let shown = try Self.dataset.mask(of: part.classID, in: part.query).object.area > 0
                #expect(part.holdsClass == shown)
                #expect(part.supports.allSatisfy { Self.dataset.items.contains(DatasetItem(id: $0, classID: part.classID)) })
            }
        }
        #expect(ways == 1 || episodes.contains { $0.episodes.count(where: \.holdsClass) == 2 })
        #expect(NWayReference.hash(of: episodes).count == 64)
        if ways == 1 { #expect(NWayReference.hash(of: episodes) == EpisodeReference.hash(of: single)) }
    }

    @Test("More ways than classes, and episodes of different queries, are refused")
    func refusals() throws {
        for ways in [0, 5] {
            let sampler = NWaySampler(ways: ways, EpisodeSampler(.vocUniform))
            #expect(throws: DatasetError.self) { try sampler.episodes(from: Self.dataset, shots: 1, count: 1) }
        }
        let one = EpisodeReference(query: "a", classID: 1, supports: ["b"])
        let other = EpisodeReference(query: "c", classID: 2, supports: ["b"])
        for parts in [[], [one, one], [one, other]] { #expect(throws: DatasetError.self) { try NWayReference(parts) } }
    }

    @Test("A pixel is of the surest class that is sure enough, of the first of equals, and of one alone")
    func decision() throws {
        func map(_ values: [Float]) -> Prediction {
            .probabilities(ProbabilityMap(height: 1, width: values.count, values: values))
        }
        let masks = try NWayDecision.masks(of: [
            map([0.9, 0.6, 0.2, 0.5, 1]), map([0.8, 0.7, 0.4, 0.5, 0.2]), .mask(BinaryMask("....#")),
        ])
        #expect(masks == [BinaryMask("#..##"), BinaryMask(".#..."), BinaryMask(".....")])
        #expect(try NWayDecision.masks(of: []).isEmpty)
        #expect(throws: DatasetError.self) { try NWayDecision.masks(of: [map([1]), map([1, 1])]) }
    }

    @Test("Scores are those of the decided masks, in every class of every episode, whatever the size of batches")
    func evaluation() async throws {
        let sampler = NWaySampler(ways: 3, EpisodeSampler(.vocUniform, seed: 1))
        let episodes = try sampler.episodes(from: Self.dataset, shots: 1, count: 7)
        let segmenter = ByClass { episode in
            let (height, width) = (episode.query.height, episode.query.width)
            let values = (0..<(height * width)).map { Float(($0 + 37 * episode.classID) % 100) / 99 }
            return .probabilities(ProbabilityMap(height: height, width: width, values: values))
        }
        var evaluator = Evaluator(loader: EpisodeLoader(dataset: Self.dataset), resamples: 0)
        var seen: [EvaluationStep] = []
        let result = try await evaluator.evaluate(segmenter, onNWay: episodes) { seen.append($0) }
        #expect(result.episodeCount == 21 && seen.count == 21)
        for start in stride(from: 0, to: 21, by: 3) {
            let masks = seen[start..<(start + 3)].map { $0.prediction.mask() }
            for pixel in masks[0].values.indices { #expect(masks.count { $0.values[pixel] } <= 1) }
            for step in seen[start..<(start + 3)] {
                let expected = try EpisodeScore(
                    prediction: step.prediction.mask(), truth: step.loaded.truth, classID: step.reference.classID)
                #expect(step.score.foreground == expected.foreground && step.score.background == expected.background)
            }
        }
        evaluator.batchSize = 4
        #expect(try await evaluator.evaluate(segmenter, onNWay: episodes) == result)
        let uneven = try episodes + NWaySampler(ways: 2, sampler.sampler).episodes(from: Self.dataset, shots: 1, count: 1)
        await #expect(throws: DatasetError.self) { try await evaluator.evaluate(segmenter, onNWay: uneven) }
    }
}
