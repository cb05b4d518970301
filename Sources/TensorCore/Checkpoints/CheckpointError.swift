/// Why a checkpoint was refused. The messages say which file and which key, what was found and what was expected.
public enum CheckpointError: Error, Sendable, CustomStringConvertible {
    /// The file cannot be read or written.
    case file(String, reason: String)
    /// The file is not valid safetensors, or no valid index of shards; `key` names the tensor where there is one.
    case malformed(file: String, key: String?, reason: String)
    /// The file is of that format and damaged, or says something that it cannot keep; `key` names the tensor or the part.
    case damaged(file: String, format: CheckpointFormat, key: String?, reason: String)
    /// The file is something else that was recognised: a pointer, a page, a checkpoint of another framework.
    case otherFormat(file: String, WeightsFormat)
    /// The file is valid and holds a tensor of a type of the format that this library does not compute with.
    case unsupportedType(file: String, key: String, found: String)
    /// A tensor of the file would become a trained parameter in another type than float32.
    case untrainableType(file: String, key: String, found: DType)
    /// The tensors do not fit the model.
    case doesNotFit(file: String, report: LoadReport)

    public var description: String {
        switch self {
        case .file(let path, let reason): "\(path): \(reason)"
        case .malformed(let file, let key, let reason):
            "\(file) is not a valid \(Self.format(of: file))\(key.map { ", key \"\($0)\"" } ?? ""): \(reason)"
        case .damaged(let file, let format, let key, let reason):
            "\(file) is \(format.name) that cannot be read\(key.map { ", key \"\($0.prefix(200))\"" } ?? ""): \(reason)"
        case .otherFormat(let file, let format):
            "\(file) is \(format.name), no safetensors file; \(format.advice)"
        case .unsupportedType(let file, let key, let found):
            """
            \(file) is a valid safetensors file, key "\(key)": found the type \(found), expected \
            \(DType.allCases.map(\.fileName).joined(separator: ", ")); convert the tensor where the file was made, as in \
            tensor.to(torch.bfloat16) for floating-point numbers
            """
        case .untrainableType(let file, let key, let found):
            """
            \(file.isEmpty ? "the checkpoint in memory" : file), key "\(key)": found \(found), expected float32 for a parameter that is \
            trained; freeze the module first, or load without keeping the stored types
            """
        case .doesNotFit(let file, let report):
            "the checkpoint \(file.isEmpty ? "in memory" : file) does not fit the model: \(report)"
        }
    }

    private static func format(of file: String) -> String {
        file.hasSuffix(ShardIndex.suffix) ? "index of shards" : "safetensors file"
    }
}
