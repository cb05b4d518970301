extension DType {
    /// The name of the type in safetensors headers.
    var fileName: String {
        switch self {
        case .float32: "F32"
        case .bfloat16: "BF16"
        case .float16: "F16"
        case .int32: "I32"
        case .int64: "I64"
        case .uint8: "U8"
        case .bool: "BOOL"
        }
    }

    /// The type of that name; nil for those that tensors do not have.
    init?(fileName: String) {
        guard let dtype = DType.allCases.first(where: { $0.fileName == fileName }) else { return nil }
        self = dtype
    }

    /// The place of the type's tensors in a file.
    var fileRank: Int {
        switch self {
        case .int64: 0
        case .float32: 1
        case .int32: 2
        case .bfloat16: 3
        case .float16: 4
        case .uint8: 5
        case .bool: 6
        }
    }
}

/// The types of the format, those included that this library does not read.
enum FileType {
    /// The bits of one element.
    static func bitCount(of name: String) -> Int? {
        switch name {
        case "F64", "I64", "U64", "C64": 64
        case "F32", "I32", "U32": 32
        case "F16", "BF16", "I16", "U16": 16
        case "U8", "I8", "BOOL", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ": 8
        case "F6_E2M3", "F6_E3M2": 6
        case "F4", "I4", "U4": 4
        default: nil
        }
    }
}
