/// How a file stores numbers: the types that tensors have, and those that become one of them.
enum StoredType: String, Sendable, CaseIterable {
    case float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, bool

    /// The type of the tensor: the same one, float32 for float64 (rounded), int32 for the narrower integers (exact).
    var dtype: DType {
        switch self {
        case .float64, .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int64: .int64
        case .int32, .int16, .int8: .int32
        case .uint8: .uint8
        case .bool: .bool
        }
    }

    /// The stored type that is the same as a tensor's.
    init(_ dtype: DType) {
        switch dtype {
        case .float32: self = .float32
        case .bfloat16: self = .bfloat16
        case .float16: self = .float16
        case .int32: self = .int32
        case .int64: self = .int64
        case .uint8: self = .uint8
        case .bool: self = .bool
        }
    }

    /// Bytes of one number.
    var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether a tensor may be the stored bytes themselves.
    var isPlain: Bool { byteCount == dtype.byteCount && self != .bool }
}
