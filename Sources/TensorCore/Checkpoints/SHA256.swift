internal import CTensorKernels

/// The SHA-256 digest (FIPS 180-4), for the hashes of lists, episodes and weights in manifests.
public struct SHA256 {
    private var state = initialState
    /// Bytes that do not fill a block yet.
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0
    /// The message schedule of one block, kept to spare an allocation per block.
    private var words = [UInt32](repeating: 0, count: 64)

    /// An empty message.
    public init() {}

    /// The digest of a text, as 64 lower-case hexadecimal digits.
    public static func hex(_ text: String) -> String { hex(Array(text.utf8)) }

    /// The digest of bytes, as 64 lower-case hexadecimal digits.
    public static func hex(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexDigest()
    }

    /// The digest of memory, such as a mapped file, as 64 lower-case hexadecimal digits.
    public static func hex(_ bytes: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexDigest()
    }

    /// Appends bytes to the message.
    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// Appends memory to the message.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var position = 0
        if !pending.isEmpty {
            position = min(64 - pending.count, bytes.count)
            pending += bytes[..<position]
            guard pending.count == 64 else { return }
            let block = pending
            block.withUnsafeBytes { compress($0) }
            pending.removeAll(keepingCapacity: true)
        }
        let count = (bytes.count - position) / 64
        if count > 0 {
            compress(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count * 64)]))
            position += count * 64
        }
        pending += bytes[position...]
    }

    /// The digest of everything appended so far, as 32 bytes; appending may go on afterwards.
    public func digest() -> [UInt8] {
        var copy = self
        let bitCount = byteCount * 8
        copy.update([0x80])
        while copy.pending.count != 56 { copy.update([0]) }
        copy.update((0..<8).map { UInt8(truncatingIfNeeded: bitCount >> UInt64(56 - $0 * 8)) })
        return (0..<32).map { UInt8(truncatingIfNeeded: copy.state[$0 / 4] >> UInt32(24 - $0 % 4 * 8)) }
    }

    /// The digest as 64 lower-case hexadecimal digits.
    public func hexDigest() -> String {
        let digits = Array("0123456789abcdef")
        return String(digest().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// Takes whole blocks.
    private mutating func compress(_ bytes: UnsafeRawBufferPointer) {
        let isDone = withUnsafeMutableBytes(of: &state) { words in
            fss_sha256(words.baseAddress?.assumingMemoryBound(to: UInt32.self), bytes.baseAddress, bytes.count / 64) != 0
        }
        if isDone { return }
        for start in stride(from: 0, to: bytes.count, by: 64) { compress(bytes, at: start) }
    }

    private mutating func compress(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        var next = state
        words.withUnsafeMutableBufferPointer { words in
            for index in 0..<16 {
                words[index] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start + index * 4, as: UInt32.self))
            }
            for index in 16..<64 {
                let early = words[index - 15]
                let late = words[index - 2]
                let small0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
                let small1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
                words[index] = words[index - 16] &+ small0 &+ words[index - 7] &+ small1
            }
            Self.run(words, UnsafeBufferPointer(start: fss_sha256_constants(), count: 64), &next)
        }
        state &+= next
    }

    /// The 64 rounds.
    private static func run(
        _ words: UnsafeMutableBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>, _ state: inout SIMD8<UInt32>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let big1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let choice = (e & f) ^ (~e & g)
            let first = h &+ big1 &+ choice &+ constants[index] &+ words[index]
            let big0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ big0 &+ majority)
        }
        state = [a, b, c, d, e, f, g, h]
    }
}

@inline(__always)
private func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
    value >> count | value << (32 - count)
}

/// The first 32 bits of the fractional parts of the square roots of the first 8 primes.
private let initialState: SIMD8<UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
]
