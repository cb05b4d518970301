/// A valid black PNG of any size in few bytes.
enum FlatPNG {
    static func bytes(side: Int, depth: UInt8) -> [UInt8] {
        let row = 1 + (side * Int(depth) + 7) / 8
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", bigEndian(side) + bigEndian(side) + [depth, 0, 0, 0, 0])
            + chunk("IDAT", zlib(zeros: row * side)) + chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + content
        return bigEndian(content.count) + body + bigEndian(Int(PNGChecksums.checksum(body)))
    }

    private static func bigEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    /// Zeros as one literal and copies of 258 bytes, in deflate's fixed codes.
    private static func zlib(zeros count: Int) -> [UInt8] {
        var (bytes, buffer, filled) = ([UInt8]([0x78, 0x01]), UInt32(0), UInt32(0))
        func put(_ bits: UInt32, _ length: UInt32) {
            buffer |= bits << filled
            filled += length
            while filled >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: buffer))
                buffer >>= 8
                filled -= 8
            }
        }
        // Codes stand in the stream with their highest bit first, numbers with their lowest.
        func put(code: UInt32, _ length: UInt32) {
            put((0..<length).reduce(0) { $0 | ((code >> $1) & 1) << (length - 1 - $1) }, length)
        }
        put(1, 1)
        put(1, 2)
        put(code: 0x30, 8)
        let (copies, rest) = (count - 1).quotientAndRemainder(dividingBy: 258)
        for _ in 0..<copies {
            put(code: 0xC5, 8)
            put(code: 0, 5)
        }
        for _ in 0..<rest { put(code: 0x30, 8) }
        put(code: 0, 7)
        put(0, 7)
        return bytes + bigEndian((count % 65521) << 16 | 1)
    }
}
