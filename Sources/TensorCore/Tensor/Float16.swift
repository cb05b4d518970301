/// Conversions between float32 and the bits of float16 (IEEE half precision), rounding to nearest even.
///
/// By hand because `Float16` is not available on every platform.
public enum Float16Bits {
    /// The bits nearest to `value`: from 65520 on infinity, below 2^-24 / 2 zero; NaN stays a quiet NaN.
    public static func encode(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
        let magnitude = bits & 0x7fff_ffff
        if magnitude > 0x7f80_0000 { return sign | 0x7e00 | UInt16(truncatingIfNeeded: magnitude >> 13) & 0x3ff }
        if magnitude >= 0x477f_f000 { return sign | 0x7c00 }
        // The smallest normal number is 2^-14; below it units of 2^-24 are counted.
        if magnitude < 0x3880_0000 {
            let units = (Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven)
            return sign | UInt16(units)
        }
        let roundingBias = 0xfff + ((magnitude >> 13) & 1)
        return sign | UInt16(truncatingIfNeeded: (magnitude - (112 << 23) + roundingBias) >> 13)
    }

    /// The value of the bits, exact.
    public static func decode(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10) & 0x1f
        let mantissa = Float(bits & 0x3ff)
        switch exponent {
        case 0: return sign * mantissa * 0x1p-24
        case 31: return mantissa == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + mantissa / 1024)
        }
    }
}
