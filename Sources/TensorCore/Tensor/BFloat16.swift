/// Conversions between float32 and the bits of bfloat16, rounding to nearest even as PyTorch does.
public enum BFloat16Bits {
    /// The bits nearest to `value`; NaN stays NaN.
    @inlinable
    public static func encode(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        let roundingBias = 0x7fff + ((bits >> 16) & 1)
        return UInt16(truncatingIfNeeded: (bits &+ roundingBias) >> 16)
    }

    /// The value of the bits, exact.
    @inlinable
    public static func decode(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
