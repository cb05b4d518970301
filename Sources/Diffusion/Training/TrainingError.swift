/// Why a training cannot begin. What ends one that runs is a `TrainingEngineError`.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
    /// A setting that no training can run with.
    case configuration(source: String, reason: String)

    public var description: String {
        switch self {
        case .configuration(let source, let reason): "\(source): \(reason)"
        }
    }
}
