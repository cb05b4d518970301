internal import CZlib
package import Foundation

/// Reading gzip data (RFC 1952) of one member.
package enum Gzip {
    /// Whether data begins as gzip does.
    package static func isGzip(_ data: Data) -> Bool { data.starts(with: [0x1f, 0x8b]) }

    /// The inflated data, its checksum and length compared.
    ///
    /// - Parameters:
    ///   - data: gzip data.
    ///   - limit: the most bytes that may come out: whoever knows the format knows how many are plausible. No more are made.
    /// - Throws: ``FileFailure`` for damaged data and for more than `limit` bytes.
    package static func inflated(_ data: Data, limit: Int) throws(FileFailure) -> Data {
        let bytes = [UInt8](data)
        let trailer = bytes.count - 8
        guard isGzip(data), let start = contentStart(bytes), start <= trailer else { throw damaged }
        func number(at index: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) } }
        let size = Int(number(at: trailer + 4))
        guard size <= limit else {
            throw FileFailure(found: "\(size) bytes when unpacked, more than \(limit)", advice: "check that it is the right file")
        }
        var status = FSS_INFLATE_DAMAGED
        let content = bytes.withUnsafeBytes { source in
            let packed = UnsafeRawBufferPointer(rebasing: source[start..<trailer])
            // One byte more than the data says: a stream that goes on is seen.
            return [UInt8](unsafeUninitializedCapacity: size + 1) { target, filled in
                status = fss_inflate(packed.baseAddress, packed.count, target.baseAddress, size + 1, &filled)
            }
        }
        let sum = content.withUnsafeBytes { fss_crc32($0.baseAddress, $0.count) }
        guard status == FSS_INFLATE_OK, content.count == size, sum == number(at: trailer) else { throw damaged }
        return Data(content)
    }

    private static let damaged = FileFailure(found: "damaged gzip data", advice: "fetch the file again")

    /// Where the deflated stream begins, behind the header and what it says to follow; nil where the data ends before.
    private static func contentStart(_ bytes: [UInt8]) -> Int? {
        guard bytes.count > 10, bytes[2] == 8 else { return nil }
        let flags = bytes[3]
        var index = 10
        if flags & 4 != 0 {
            guard index + 2 <= bytes.count else { return nil }
            index += 2 + Int(bytes[index]) + Int(bytes[index + 1]) << 8
        }
        for flag: UInt8 in [8, 16] where flags & flag != 0 {
            guard index < bytes.count, let end = bytes[index...].firstIndex(of: 0) else { return nil }
            index = end + 1
        }
        return index + (flags & 2 != 0 ? 2 : 0)
    }
}
