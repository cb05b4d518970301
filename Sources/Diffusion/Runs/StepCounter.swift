internal import Datasets
internal import Synchronization

/// A model that counts the sampling steps it walks, which may be fewer than asked for where masks settle early.
final class StepCounter: EpisodicSegmenter {
    private let model: DiffUp
    private let counts = Mutex((episodes: 0, steps: 0))

    init(_ model: DiffUp) { self.model = model }

    /// Steps an episode; nil before the first one.
    var meanSteps: Double? {
        counts.withLock { $0.episodes > 0 ? Double($0.steps) / Double($0.episodes) : nil }
    }

    func segment(_ episode: Episode) throws -> Prediction {
        var steps = 0
        let map = try model.pipeline(episode) { event in
            if case .step = event { steps += 1 }
        }
        counts.withLock { $0 = ($0.episodes + 1, $0.steps + steps) }
        return .probabilities(map)
    }
}
