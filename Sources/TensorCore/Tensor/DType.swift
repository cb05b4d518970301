/// The element type of a ``Tensor``, known at run time.
public enum DType: UInt8, Sendable, Hashable, CaseIterable {
    /// IEEE single precision.
    case float32
    /// The upper half of a single-precision number: 8 exponent bits, 7 mantissa bits.
    case bfloat16
    /// Signed 32-bit integer.
    case int32
    /// Signed 64-bit integer.
    case int64
    /// Unsigned byte.
    case uint8
    /// One byte, 0 or 1.
    case bool
    /// IEEE half precision: 5 exponent bits, 10 mantissa bits. A type of storage: arithmetic converts it to float32.
    case float16

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16, .float16: 2
        case .int64: 8
        case .uint8, .bool: 1
        }
    }

    /// Bytes of a tensor of `shape`.
    ///
    /// - Precondition: below 2^48, more than any machine has.
    func byteCount(of shape: Shape) -> Int {
        let (bytes, overflows) = shape.elementCount.multipliedReportingOverflow(by: byteCount)
        require(!overflows && bytes >> 48 == 0, "Tensor", "\(self) \(shape) does not fit into memory")
        return bytes
    }

    /// Whether gradients can flow through tensors of this type.
    public var isFloatingPoint: Bool { self == .float32 || self == .bfloat16 || self == .float16 }
}
