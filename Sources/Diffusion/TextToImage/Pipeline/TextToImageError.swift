public import SegModels
public import TensorCore

/// Why a text-to-image model could not be read, or made no picture.
public enum TextToImageError: Error, Sendable, CustomStringConvertible {
    /// A file or folder that is needed is not there, or cannot be read.
    case file(String, found: String, expected: String, advice: String)
    /// A configuration holds a value that is not supported.
    case configuration(file: String, key: String, reason: String)
    /// Weights cannot be read, or are of another network.
    case weights(CheckpointError)
    /// Weights of another kind of model.
    case architecture(file: String, found: String, expected: String, advice: String)
    /// The text tower or its vocabulary.
    case text(TextEncoderError)
    /// A LoRA file that does not fit.
    case adapter(file: String, reason: String)
    /// Something in a request.
    case request(key: String, found: String, expected: String)
    /// Numbers that are infinite or none.
    case notFinite(part: String, step: Int?, advice: String)

    public var description: String {
        switch self {
        case .file(let place, let found, let expected, let advice):
            "\(place): found \(found), expected \(expected); \(advice)"
        case .configuration(let file, let key, let reason):
            key.isEmpty ? "\(file): \(reason)" : "\(file): \"\(key)\" \(reason)"
        case .weights(let error): "\(error)"
        case .architecture(let file, let found, let expected, let advice):
            "\(file): found \(found), expected \(expected); \(advice)"
        case .text(let error): "\(error)"
        case .adapter(let file, let reason): "\(file): \(reason)"
        case .request(let key, let found, let expected): "\(key): found \(found), expected \(expected)"
        case .notFinite(let part, let step, let advice):
            "\(part) holds numbers that are infinite or none"
                + (step.map { " after step \($0 + 1)" } ?? "") + "; \(advice)"
        }
    }
}
