internal import Datasets
internal import Synchronization

/// A model that counts the sampling steps it walks, which may be fewer than asked for where masks settle early, and keeps what tells of
/// presence where that is wanted.
final class StepCounter: EpisodicSegmenter {
    private let model: DiffUp
    private let keepsSignals: Bool
    private let counts = Mutex(0)
    private let kept = Mutex<[[String: Float]]>([])

    init(_ model: DiffUp, keepsSignals: Bool = false) { (self.model, self.keepsSignals) = (model, keepsSignals) }

    /// What tells of presence in each episode, in the order of the calls.
    var signals: [[String: Float]] { kept.withLock { $0 } }

    /// Steps of all episodes so far.
    var steps: Int { counts.withLock { $0 } }

    func segment(_ episode: Episode) throws -> Prediction {
        var steps = 0
        let keep: (PresenceSignals) -> Void = { signals in self.kept.withLock { $0.append(signals.values) } }
        let prediction = try model.prediction(episode, listen: keepsSignals ? keep : nil) { event in
            if case .step = event { steps += 1 }
        }
        counts.withLock { $0 += steps }
        return prediction
    }
}
