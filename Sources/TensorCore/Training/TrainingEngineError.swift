/// Why a training stopped or did not begin.
public enum TrainingEngineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The loss or the gradients' norm is no finite number. The step is counted from 1; its update was not made.
    case diverged(step: Int, loss: Float, gradientNorm: Float, batch: String)
    /// A state was written with other settings.
    case otherSettings(file: String, field: String, found: String, expected: String)
    /// A file is no state of a training.
    case noState(file: String, reason: String)

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
        }
    }
}
