internal import Datasets
internal import SegModels

/// The remarks of an evaluation: told at once, and kept for its files.
struct EvaluationRemarks {
    /// All remarks so far, each once.
    private(set) var texts: [String] = []

    /// Tells a remark that was not told before.
    mutating func add(_ text: String, _ observe: RunObserver) {
        if texts.contains(text) { return }
        texts.append(text)
        observe(.note(text))
    }
}

/// Episodes of base classes, on which thresholds are chosen.
struct FittingEpisodes {
    let loader: EpisodeLoader
    let episodes: [EpisodeReference]
}

extension PriorKind {
    /// Whether a threshold is chosen on base classes; contrast has a natural one, 0.
    var needsFitting: Bool { self != .contrast }
}
