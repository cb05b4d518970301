internal import Datasets
internal import Synchronization

/// A model that counts the sampling steps it walks, which may be fewer than asked for where masks settle early.
final class StepCounter: EpisodicSegmenter {
    private let model: DiffUp
    private let counts = Mutex(0)

    init(_ model: DiffUp) { self.model = model }

    /// Steps of all episodes so far.
    var steps: Int { counts.withLock { $0 } }

    func segment(_ episode: Episode) throws -> Prediction {
        var steps = 0
        let map = try model.pipeline(episode) { event in
            if case .step = event { steps += 1 }
        }
        counts.withLock { $0 += steps }
        return .probabilities(map)
    }
}
