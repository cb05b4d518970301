/// Why a checkpoint was refused. The messages say which file and which key, what was found and what was expected.
public enum CheckpointError: Error, Sendable, CustomStringConvertible {
    /// The file cannot be read or written.
    case file(String, reason: String)
    /// The file is not valid safetensors; `key` names the tensor where there is one.
    case malformed(file: String, key: String?, reason: String)
    /// The tensors do not fit the model.
    case doesNotFit(file: String, report: LoadReport)

    public var description: String {
        switch self {
        case .file(let path, let reason): "\(path): \(reason)"
        case .malformed(let file, let key, let reason):
            "\(file) is not a valid safetensors file\(key.map { ", key \"\($0)\"" } ?? ""): \(reason)"
        case .doesNotFit(let file, let report):
            "the checkpoint \(file.isEmpty ? "in memory" : file) does not fit the model: \(report)"
        }
    }
}
