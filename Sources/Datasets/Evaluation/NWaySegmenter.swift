public import TensorCore

/// What is decided of a query that is asked for several classes at once.
public enum NWayDecision {
    /// A mask a class, none of which overlap: a pixel is of the class with the highest probability, the first of equals, where that is
    /// at least `threshold`. A decided mask counts as probabilities of 0 and 1.
    ///
    /// - Throws: ``DatasetError`` for predictions of different sizes.
    public static func masks(
        of predictions: [Prediction], threshold: Float = 0.5
    ) throws(DatasetError) -> [BinaryMask] {
        let maps = predictions.map(\.map)
        guard let first = maps.first else { return [] }
        guard maps.allSatisfy({ $0.height == first.height && $0.width == first.width }) else {
            throw DatasetError(
                file: "prediction", found: "predictions of different sizes", expected: "the size of the query",
                advice: "correct the segmenter")
        }
        var best = [Int](repeating: 0, count: first.values.count)
        for (index, map) in maps.enumerated().dropFirst() {
            for pixel in best.indices where map.values[pixel] > maps[best[pixel]].values[pixel] { best[pixel] = index }
        }
        return maps.enumerated().map { index, map in
            let values = best.indices.map { best[$0] == index && map.values[$0] >= threshold }
            return BinaryMask(height: map.height, width: map.width, values: values)
        }
    }
}

/// Makes any segmenter answer for several classes of one query: it answers for every class alone, and ``NWayDecision`` gives each
/// pixel to one of them.
public struct NWaySegmenter<Base: EpisodicSegmenter>: EpisodicSegmenter {
    /// What answers for one class.
    public let base: Base
    /// Classes a query: as many episodes that follow each other belong together.
    public let ways: Int
    /// From which probability on a pixel is of a class.
    public let threshold: Float

    /// Wraps a segmenter.
    ///
    /// - Precondition: at least one way.
    public init(_ base: Base, ways: Int, threshold: Float = 0.5) {
        precondition(ways > 0, "NWaySegmenter: the number of classes is \(ways), expected at least 1")
        self.base = base
        self.ways = ways
        self.threshold = threshold
    }

    /// The answer for one class alone.
    public func segment(_ episode: Episode) throws -> Prediction { try base.segment(episode) }

    /// The masks of all classes of every query, which do not overlap.
    ///
    /// - Parameter episodes: those of ``NWayReference/episodes``, one query after the other.
    /// - Throws: ``DatasetError`` for a number of episodes that is no multiple of ``ways``; whatever the segmenter throws.
    public func segment(_ episodes: [Episode]) async throws -> [Prediction] {
        guard episodes.count % ways == 0 else {
            throw DatasetError(
                file: "N-way episodes", found: "\(episodes.count) episodes", expected: "\(ways) for every query",
                advice: "give whole N-way episodes")
        }
        let predictions = try await base.segment(episodes)
        guard predictions.count == episodes.count else {
            throw DatasetError(
                file: "prediction", found: "\(predictions.count) predictions for \(episodes.count) episodes",
                expected: "one for each", advice: "correct the segmenter")
        }
        return try stride(from: 0, to: predictions.count, by: ways).flatMap { start in
            let own = Array(predictions[start..<(start + ways)])
            return try NWayDecision.masks(of: own, threshold: threshold).map { Prediction.mask($0) }
        }
    }
}

extension Evaluator {
    /// Evaluates a segmenter on N-way episodes, see ``NWaySegmenter``.
    ///
    /// Every class of an episode counts, also one that the query does not show: pixels that are given to it are in its union.
    ///
    /// - Parameters:
    ///   - segmenter: what is evaluated.
    ///   - episodes: the episodes, all of as many classes.
    ///   - observe: called for every class of every episode, in order; the prediction that it sees is what was decided.
    /// - Returns: scores over the episodes of ``NWayReference/episodes``, one after the other.
    /// - Throws: as for one class; ``DatasetError`` for episodes of different numbers of classes.
    public func evaluate(
        _ segmenter: some EpisodicSegmenter, onNWay episodes: [NWayReference],
        observe: (EvaluationStep) async throws -> Void = { _ in }
    ) async throws -> EvaluationResult {
        let (evaluator, joined, asked) = try prepared(segmenter, episodes)
        return try await evaluator.evaluate(joined, on: asked, observe: observe)
    }

    /// The same together with other ranks, see ``evaluate(_:on:sharing:observe:)``.
    public func evaluate(
        _ segmenter: some EpisodicSegmenter, onNWay episodes: [NWayReference], sharing: EpisodeSharing,
        observe: @escaping (WorkProgress, Double) throws -> Void = { _, _ in }
    ) async throws -> EvaluationResult {
        let (evaluator, joined, asked) = try prepared(segmenter, episodes)
        return try await evaluator.evaluate(joined, on: asked, sharing: sharing, observe: observe)
    }

    /// What answers for several classes, and the episodes of one class that it is asked.
    private func prepared<Segmenter: EpisodicSegmenter>(
        _ segmenter: Segmenter, _ episodes: [NWayReference]
    ) throws(DatasetError) -> (Evaluator, NWaySegmenter<Segmenter>, [EpisodeReference]) {
        let ways = episodes.first?.episodes.count ?? 1
        guard episodes.allSatisfy({ $0.episodes.count == ways }) else {
            throw DatasetError(
                file: "N-way episodes", found: "episodes of different numbers of classes", expected: "\(ways) each",
                advice: "evaluate them apart")
        }
        var evaluator = self
        evaluator.batchSize = ways * max(batchSize, 1)
        evaluator.prefetch = max(prefetch, ways)
        let joined = NWaySegmenter(segmenter, ways: ways, threshold: threshold)
        let asked = episodes.flatMap(\.episodes).map { reference in
            // All of them count, where an episode of one class without it would count for absence alone.
            var reference = reference
            reference.holdsClass = true
            return reference
        }
        return (evaluator, joined, asked)
    }
}
