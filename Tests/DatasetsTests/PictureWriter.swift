import Foundation

@testable import Datasets

/// PNG files of every kind that the format has, from plain samples.
struct PictureWriter {
    /// The colour types of the format.
    enum Kind: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6

        var channels: Int { [.rgb: 3, .greyAlpha: 2, .rgba: 4][self] ?? 1 }
    }

    var kind: Kind
    var bits: UInt8 = 8
    /// Red, green and blue of the entries.
    var palette: [[UInt8]] = []
    /// The bytes of a tRNS chunk.
    var transparency: [UInt8] = []
    /// The orientation of an eXIf chunk.
    var orientation: UInt8?

    /// Encodes samples in row order, `channels` for each pixel.
    func png(height: Int, width: Int, _ samples: [Int]) -> [UInt8] {
        let rowCount = width * kind.channels
        var raw: [UInt8] = []
        for y in 0..<height { raw += [0] + packed(Array(samples[(y * rowCount)..<((y + 1) * rowCount)])) }
        var file = CraftedPNG.signature
        file += CraftedPNG.header(height: UInt32(height), width: UInt32(width), depth: bits, color: kind.rawValue)
        if !palette.isEmpty { file += CraftedPNG.chunk("PLTE", palette.flatMap { $0 }) }
        if !transparency.isEmpty { file += CraftedPNG.chunk("tRNS", transparency) }
        if let orientation { file += CraftedPNG.chunk("eXIf", Self.exif(orientation)) }
        return file + CraftedPNG.chunk("IDAT", Self.stored(raw)) + CraftedPNG.chunk("IEND", [])
    }

    /// A TIFF block with an orientation.
    static func exif(_ orientation: UInt8) -> [UInt8] {
        Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    }

    /// A JPEG with an orientation.
    static func jpeg(_ bytes: [UInt8], orientation: UInt8) -> [UInt8] {
        let body = Array("Exif".utf8) + [0, 0] + exif(orientation)
        return Array(bytes.prefix(2)) + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + bytes.dropFirst(2)
    }

    private func packed(_ row: [Int]) -> [UInt8] {
        if bits == 16 { return row.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }
        let perByte = 8 / Int(bits)
        return stride(from: 0, to: row.count, by: perByte).map { start in
            var byte = 0
            for offset in 0..<perByte {
                let sample = start + offset < row.count ? row[start + offset] : 0
                byte = byte << Int(bits) | sample
            }
            return UInt8(byte)
        }
    }

    /// The bytes as zlib data without compression.
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var data: [UInt8] = [0x78, 0x01]
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        let starts = stride(from: 0, to: bytes.count, by: 65535)
        for start in starts {
            let part = bytes[start..<min(start + 65535, bytes.count)]
            let isLast: UInt8 = part.endIndex == bytes.count ? 1 : 0
            let count = UInt16(part.count)
            data += [isLast, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)] + part
        }
        return data + CraftedPNG.word(b << 16 | a)
    }
}
