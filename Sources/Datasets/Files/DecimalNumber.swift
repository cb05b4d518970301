/// Decimal numbers in bytes of text, without a string between.
enum DecimalNumber {
    /// Longer numbers than this are no measurements.
    static let maximumLength = 400

    private static let powers: [Double] = (0...22).map { exponent in (0..<exponent).reduce(1.0) { value, _ in value * 10 } }

    /// The number that a span of bytes is as a whole: `-12`, `.5`, `1e-3`; nil for anything else, names of infinities included.
    ///
    /// Up to 15 digits with small exponents are exact products of two exact numbers; longer ones go through the standard
    /// library, so that every number is the nearest one.
    static func parse(_ bytes: ArraySlice<UInt8>) -> Double? {
        var cursor = bytes.startIndex
        let end = bytes.endIndex
        guard cursor < end, bytes.count <= maximumLength else { return nil }
        let isNegative = bytes[cursor] == UInt8(ascii: "-")
        if isNegative || bytes[cursor] == UInt8(ascii: "+") { cursor += 1 }
        var (digits, mantissa, exponent) = (0, UInt64(0), 0)
        func isDigit(_ place: Int) -> Bool { place < end && (48...57).contains(bytes[place]) }
        while isDigit(cursor) {
            if digits < 18 { mantissa = mantissa * 10 + UInt64(bytes[cursor] - 48) }
            (digits, cursor) = (digits + 1, cursor + 1)
        }
        if cursor < end && bytes[cursor] == UInt8(ascii: ".") {
            cursor += 1
            while isDigit(cursor) {
                if digits < 18 { mantissa = mantissa * 10 + UInt64(bytes[cursor] - 48) }
                (digits, cursor, exponent) = (digits + 1, cursor + 1, exponent - 1)
            }
        }
        guard digits > 0 else { return nil }
        if cursor < end && bytes[cursor] | 0x20 == UInt8(ascii: "e") {
            guard let power = signedInteger(bytes[(cursor + 1)...]) else { return nil }
            exponent += power
            cursor = end
        }
        guard cursor == end else { return nil }
        guard digits <= 15, abs(exponent) <= 22 else { return Double(String(decoding: bytes, as: UTF8.self)) }
        let whole = Double(mantissa)
        let value = exponent < 0 ? whole / powers[-exponent] : whole * powers[exponent]
        return isNegative ? -value : value
    }

    /// An exponent; one of more than four digits is cut there, which is beyond every number, too.
    private static func signedInteger(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        let hasSign = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
        let digits = hasSign ? bytes.dropFirst() : bytes
        guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let value = digits.reduce(0) { min($0 * 10 + Int($1 - 48), 99_999) }
        return first == UInt8(ascii: "-") ? -value : value
    }
}
