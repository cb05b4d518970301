public import TensorCore

/// What one episode came to, as ranks send it and logs keep it.
public struct EpisodeOutcome: Sendable, Hashable, Codable {
    /// Its counts.
    public var score: EpisodeScore
    /// What ``EpisodeSharing/count`` grew by with it, such as sampling steps.
    public var steps: Int

    /// Joins both.
    public init(score: EpisodeScore, steps: Int = 0) {
        self.score = score
        self.steps = steps
    }
}

/// How the episodes of an evaluation are spread over ranks, and what an earlier run found of them.
public final class EpisodeSharing {
    /// Who shares them.
    public let communicator: any Communicator
    /// What an earlier run found, by the episode's position; it is not computed again. All ranks have the same.
    public let known: [Int: EpisodeOutcome]
    /// Something that the segmenter counts, as a total.
    public let count: () -> Int
    /// Takes what each episode came to at rank 0.
    public let deliver: (Int, EpisodeOutcome) throws -> Void
    /// What all episodes of all ranks, the known ones included, let ``count`` grow by; there after the evaluation.
    public internal(set) var steps = 0

    /// All episodes anew, or those that are not known.
    public init(
        _ communicator: any Communicator = SingleProcess(), known: [Int: EpisodeOutcome] = [:],
        counting count: @escaping () -> Int = { 0 }, deliver: @escaping (Int, EpisodeOutcome) throws -> Void = { _, _ in }
    ) {
        self.communicator = communicator
        self.known = known
        self.count = count
        self.deliver = deliver
    }
}

extension Evaluator {
    /// Evaluates a segmenter together with other ranks: the result is that of one process, to the bit, at every rank.
    ///
    /// - Parameters:
    ///   - segmenter: what is evaluated, the same at every rank.
    ///   - episodes: the episodes, in order; the same at every rank.
    ///   - sharing: how they are spread.
    ///   - observe: called at rank 0 after every episode with the mean IoU of those so far; an error that it throws ends the run.
    /// - Throws: as ``evaluate(_:on:observe:)``, and `CommunicationError`.
    public func evaluate(
        _ segmenter: some EpisodicSegmenter, on episodes: [EpisodeReference], sharing: EpisodeSharing,
        observe: @escaping (WorkProgress, Double) throws -> Void = { _, _ in }
    ) async throws -> EvaluationResult {
        // Episodes of one batch stay together: those of several classes are one question.
        let batches = stride(from: 0, to: episodes.count, by: batchSize).map { $0..<min($0 + batchSize, episodes.count) }
        let pending = batches.filter { batch in !batch.allSatisfy { sharing.known[$0] != nil } }
        let asked = Set(pending.joined())
        var outcomes = sharing.known.filter { episodes.indices.contains($0.key) && !asked.contains($0.key) }
        var metrics = FewShotMetrics(classIDs: loader.dataset.classes.map(\.id))
        for outcome in outcomes.values where outcome.score.isPresent { try metrics.add(outcome.score) }
        let clock = WorkClock(total: episodes.count, from: outcomes.count)
        let work = SharedWork(sharing.communicator, count: pending.count)
        try await work.run(pending.count) { block, found in
            try await outcome(of: segmenter, at: Array(pending[block].joined()), episodes, sharing, found)
        } deliver: { (place: Int, outcome: EpisodeOutcome) in
            if outcome.score.isPresent { try metrics.add(outcome.score) }
            outcomes[place] = outcome
            try sharing.deliver(place, outcome)
            try observe(clock.progress(outcomes.count), metrics.meanIoU)
        } isDone: {
            outcomes.count == episodes.count
        }
        let all = try sharing.communicator.shared(episodes.indices.compactMap { outcomes[$0] })
        sharing.steps = all.reduce(0) { $0 + $1.steps }
        return try EvaluationResult(
            scores: all.map(\.score), episodes: episodes, dataset: loader.dataset, resamples: resamples, threshold: threshold,
            presence: presence)
    }

    /// Scores the episodes at some places.
    private func outcome(
        of segmenter: some EpisodicSegmenter, at places: [Int], _ episodes: [EpisodeReference], _ sharing: EpisodeSharing,
        _ found: (Int, EpisodeOutcome) throws -> Void
    ) async throws {
        let asked = places.map { episodes[$0] }
        try await loader.loading(asked, batchSize: batchSize, prefetch: prefetch) { first, batch in
            let before = sharing.count()
            let predictions = try await answers(of: segmenter, to: batch)
            var steps = sharing.count() - before
            for (offset, (loaded, prediction)) in zip(batch, predictions).enumerated() {
                let score = try score(prediction, loaded, asked[first + offset])
                try found(places[first + offset], EpisodeOutcome(score: score, steps: steps))
                // What a batch took counts once.
                steps = 0
            }
        }
    }
}
