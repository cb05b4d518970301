/// A storage class of PyTorch: how wide its elements are, and what tensors of it become.
struct TorchElement: Sendable, Hashable {
    /// The class' name without `Storage`, or the type's name, for messages.
    var name: String
    var byteCount: Int
    /// Nil for types that tensors do not have: complex numbers, quantised ones, float8.
    var type: StoredType?

    /// By the names of classes in the module `torch`.
    static let classes: [String: TorchElement] = {
        let known: [(String, StoredType)] = [
            ("Double", .float64), ("Float", .float32), ("Half", .float16), ("BFloat16", .bfloat16), ("Long", .int64),
            ("Int", .int32), ("Short", .int16), ("Char", .int8), ("Byte", .uint8), ("Bool", .bool),
        ]
        let others = [
            ("ComplexDouble", 16), ("ComplexFloat", 8), ("QInt8", 1), ("QUInt8", 1), ("QInt32", 4), ("QUInt4x2", 1),
            ("QUInt2x4", 1),
        ]
        let all =
            known.map { TorchElement(name: $0.0, byteCount: $0.1.byteCount, type: $0.1) }
            + others.map { TorchElement(name: $0.0, byteCount: $0.1, type: nil) }
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name + "Storage", $0) })
    }()

    /// A storage of bytes, whose tensors say their type themselves.
    static let untyped = TorchElement(name: "Untyped", byteCount: 1, type: nil)

    /// By the names of types in the module `torch` (`torch.float32`).
    static let types: [String: StoredType] = [
        "float64": .float64, "double": .float64, "float32": .float32, "float": .float32, "float16": .float16, "half": .float16,
        "bfloat16": .bfloat16, "int64": .int64, "long": .int64, "int32": .int32, "int": .int32, "int16": .int16, "short": .int16,
        "int8": .int8, "uint8": .uint8, "bool": .bool,
    ]
}

/// A storage that a pickle refers to.
struct TorchStorage: Sendable, Hashable {
    /// Its name in the file.
    var key: String
    var element: TorchElement
    /// The elements of the whole storage.
    var total: Int
    /// The elements that are meant: all, but before 1.6, where a pickle could mean a part of a storage.
    var part: Range<Int>
}

/// A tensor as a pickle describes it.
struct TorchTensor: Sendable {
    var storage: TorchStorage
    /// In elements of the type.
    var offset: Int
    var extents: [Int]
    var strides: [Int]
    /// Nil where no tensor has the type; ``typeName`` says which it is.
    var type: StoredType?
    var typeName: String
}
