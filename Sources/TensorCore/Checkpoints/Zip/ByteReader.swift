/// Little-endian numbers and texts at places of memory that may be too short for them.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer

    /// A number without sign of at most 8 bytes; nil where it does not lie in memory, or is 2^63 and more.
    func number(at place: Int, width: Int) -> Int? {
        guard place >= 0, place <= bytes.count - width else { return nil }
        let value = (0..<width).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
        return Int(exactly: value)
    }

    /// A text of UTF-8, or of one byte a character where it is none.
    func text(at place: Int, count: Int) -> String? {
        guard count >= 0, place >= 0, place <= bytes.count - count else { return nil }
        let part = bytes[place..<(place + count)]
        return String(validating: part, as: UTF8.self) ?? String(String.UnicodeScalarView(part.map { Unicode.Scalar($0) }))
    }

    /// Whether these bytes stand at a place.
    func has(_ mark: [UInt8], at place: Int) -> Bool {
        place >= 0 && place <= bytes.count - mark.count && mark.indices.allSatisfy { bytes[place + $0] == mark[$0] }
    }
}
