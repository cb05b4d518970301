/// The number format that a model's activations use. Master weights, statistics and losses stay float32.
///
/// A model converts its input once (``activations``); layers follow the type of what they are given, and kernels pack
/// float32 weights to bfloat16 when they meet bfloat16 activations.
public enum Precision: String, Sendable, Hashable, CaseIterable, Codable {
    case float32
    case bfloat16

    /// The activations' element type.
    public var activations: DType {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }
}
