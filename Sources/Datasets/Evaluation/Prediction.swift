/// What a segmenter says about a query, in the size of the query.
public enum Prediction: Sendable, Equatable {
    /// A decided mask.
    case mask(BinaryMask)
    /// Probabilities, which whoever asks may threshold.
    case probabilities(ProbabilityMap)
    /// Probabilities, beside how probably the class is in the query at all, 0...1 (``PresenceCalibration``).
    case judged(ProbabilityMap, presence: Float)

    /// The foreground: the mask itself, or the probabilities of at least `threshold`.
    public func mask(threshold: Float = 0.5) -> BinaryMask {
        switch self {
        case .mask(let mask): mask
        case .probabilities(let map), .judged(let map, _): map.mask(threshold: threshold)
        }
    }

    /// The probabilities; a decided mask has 0 and 1 alone.
    public var map: ProbabilityMap {
        switch self {
        case .mask(let mask): ProbabilityMap(height: mask.height, width: mask.width, values: mask.values.map { $0 ? 1 : 0 })
        case .probabilities(let map), .judged(let map, _): map
        }
    }

    /// Whether there is a mask and no probabilities.
    public var isDecided: Bool {
        if case .mask = self { true } else { false }
    }

    /// What the segmenter itself says about presence; nil where it says nothing.
    public var presence: Float? {
        if case .judged(_, let presence) = self { presence } else { nil }
    }
}

/// Anything that segments a novel object from supports: a trained model, a baseline, a wrapper around another one.
///
/// Several tasks may ask one segmenter at once.
public protocol EpisodicSegmenter: Sendable {
    /// Segments the query of an episode.
    ///
    /// One that works for long looks at the task that it runs in: once that is cancelled, it throws `CancellationError`.
    ///
    /// - Returns: a prediction of exactly the size of the query.
    func segment(_ episode: Episode) throws -> Prediction

    /// Segments the queries of several episodes.
    ///
    /// Without an implementation of its own a segmenter answers them one by one. One that computes them together returns what it
    /// would return for each alone, so that scores do not depend on the size of a batch.
    ///
    /// - Returns: one prediction an episode, in their order.
    /// - Throws: `CancellationError` when the task was cancelled; whatever the segmenter throws.
    func segment(_ episodes: [Episode]) async throws -> [Prediction]
}

extension EpisodicSegmenter {
    /// Answers one by one, until the task is cancelled.
    public func segment(_ episodes: [Episode]) async throws -> [Prediction] {
        var predictions: [Prediction] = []
        for episode in episodes {
            try Task.checkCancellation()
            predictions.append(try segment(episode))
        }
        return predictions
    }
}
