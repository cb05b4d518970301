public import TensorCore

/// Why a backbone could not be made or loaded.
public enum BackboneError: Error, Sendable, CustomStringConvertible {
    /// No preset has this name.
    case unknownName(String, known: [String])
    /// A description is not usable JSON; `source` is the file, or the file and its metadata key.
    case malformedDescription(source: String, reason: String)
    /// Weights without a name, and no description of them was found.
    case missingDescription(weights: String, searched: [String], known: [String])
    /// The numbers of a description make no network.
    case configuration(backbone: String, reason: String)
    /// The taps of a description do not exist or are not in order.
    case taps(backbone: String, reason: String)
    /// The weights cannot be read.
    case weights(CheckpointError)
    /// The weights are of another network; `hint` says what to change where that is known.
    case doesNotFit(weights: String, backbone: String, report: LoadReport, hint: String?)

    public var description: String {
        switch self {
        case .unknownName(let name, let known):
            return "there is no backbone \"\(name)\"; choose among \(known.joined(separator: ", ")), or give a description file"
        case .malformedDescription(let source, let reason):
            return "\(source) is not a usable backbone description: \(reason)"
        case .missingDescription(let weights, let searched, let known):
            return
                "\(weights): nothing says which backbone these weights are of; give its name (\(known.joined(separator: ", "))), "
                + "or put a description into \(searched.joined(separator: " or "))"
        case .configuration(let backbone, let reason):
            return "backbone \(backbone): \(reason)"
        case .taps(let backbone, let reason):
            return "backbone \(backbone), taps: \(reason)"
        case .weights(let error):
            return "\(error)"
        case .doesNotFit(let weights, let backbone, let report, let hint):
            return "\(weights) does not fit the backbone \(backbone): \(report)" + (hint.map { "; \($0)" } ?? "")
        }
    }
}
