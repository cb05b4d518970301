/// Why a training stopped or did not begin.
public enum TrainingEngineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The loss or the gradients' norm is no finite number. The step is counted from 1; its update was not made.
    case diverged(step: Int, loss: Float, gradientNorm: Float, batch: String)
    /// A state was written with other settings.
    case otherSettings(file: String, field: String, found: String, expected: String)
    /// A file is no state of a training.
    case noState(file: String, reason: String)
    /// The training cannot be shared by so many ranks.
    case notShared(ranks: Int, reason: String)
    /// The ranks' weights are not the same any more.
    case drifted(step: Int, rank: Int)

    public var description: String {
        switch self {
        case .diverged(let step, let loss, let norm, let batch):
            "the training diverged at step \(step): loss \(loss), gradient norm \(norm)"
                + (batch.isEmpty ? "" : ", batch \(batch)") + "; lower the learning rate or look at the batch. "
                + "The last checkpoint is from before"
        case .otherSettings(let file, let field, let found, let expected):
            "\(file) cannot be resumed: \(field) is \(found), expected \(expected); continue with the settings that it was "
                + "written with, or start a new run"
        case .noState(let file, let reason):
            "\(file) cannot be resumed: \(reason)"
        case .notShared(let ranks, let reason):
            "\(ranks) ranks cannot share this training: \(reason)"
        case .drifted(let step, let rank):
            "after step \(step) the weights of rank \(rank) differ from those of rank 0; the last checkpoint is from before. Give all ranks "
                + "the same number of threads and processors of the same kind, and check their memory"
        }
    }
}
