/// SplitMix64: every case is a function of its seed.
struct CaseRandom {
    private var state: UInt64

    /// The numbers of one case.
    init(seed: UInt64, format: String, number: Int) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: number) &* 0xD134_2543_DE82_EF95
        for byte in format.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        _ = bits()
    }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of `0..<count`; 0 where that is empty.
    mutating func below(_ count: Int) -> Int { count > 0 ? Int(bits() % UInt64(count)) : 0 }

    mutating func element<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}

/// Damage to a file: flipped bits, other bytes, cuts, pieces of other files, pieces twice, numbers that no file has.
struct Mutator {
    /// Whether the files are text, in which characters and numbers are replaced rather than bytes.
    var isText: Bool

    private static let alphabet = Array("{}[]()\",:;0123456789-+eE.\\/u <>=&#!?|_*ntxyN\n\r\t\0".utf8)
    private static let numbers = [
        "-1", "0", "1", "1e18", "1e308", "-1e308", "1e400", "1e-320", "NaN", "Infinity", "-0.0", "255", "65536", "2147483647",
        "2147483648", "-2147483649", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
        "99999999999999999999999999999999", "1000000000", "0x10", "1_000", "null", "true", "\"\"", "\"1\"", "[]", "{}",
        "[[[[]]]]",
        "\u{FF11}", "1.7976931348623157e308",
    ].map { Array($0.utf8) }
    private static let words: [[UInt8]] = [
        [0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0, 0, 0],
        [0, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0x40, 0], [0, 1, 0, 0],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        [0, 0, 0, 0, 0, 0, 0, 0x80], [0xEF, 0xBB, 0xBF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0x80],
    ]

    /// A damaged copy of one of `originals`.
    func mutated(_ originals: [[UInt8]], _ random: inout CaseRandom) -> [UInt8] {
        var bytes = random.element(originals)
        for _ in 0...random.below(4) {
            if bytes.isEmpty { break }
            let place = random.below(bytes.count)
            switch random.below(11) {
            case 0, 1: bytes[place] ^= 1 << UInt8(random.below(8))
            case 2: bytes[place] = isText ? random.element(Self.alphabet) : UInt8(random.below(256))
            case 3: bytes.insert(isText ? random.element(Self.alphabet) : UInt8(random.below(256)), at: place)
            case 4: bytes.removeSubrange(piece(of: bytes, at: place, &random))
            case 5:
                let range = piece(of: bytes, at: place, &random)
                bytes.insert(contentsOf: Array(bytes[range]), at: random.below(bytes.count + 1))
            case 6:
                let other = random.element(originals)
                let range = piece(of: other, at: random.below(other.count), &random)
                bytes.replaceSubrange(piece(of: bytes, at: place, &random), with: other[range])
            case 7, 8: absurd(&bytes, at: place, &random)
            case 9: if random.below(4) == 0 { bytes.removeSubrange(place...) }
            default: repeated(&bytes, at: place, &random)
            }
        }
        return random.below(25) == 0 ? Array(bytes.prefix(random.below(bytes.count + 1))) : bytes
    }

    /// Mostly a few bytes, now and then any number.
    private func piece(of bytes: [UInt8], at place: Int, _ random: inout CaseRandom) -> Range<Int> {
        let most = random.below(3) == 0 ? bytes.count : 40
        return place..<min(place + random.below(most), bytes.count)
    }

    private func absurd(_ bytes: inout [UInt8], at place: Int, _ random: inout CaseRandom) {
        guard isText else {
            let word = random.element(Self.words)
            return bytes.replaceSubrange(place..<min(place + word.count, bytes.count), with: word)
        }
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
        let start = bytes[place...].firstIndex(where: isDigit) ?? place
        let end = bytes[start...].firstIndex { !isDigit($0) && $0 != UInt8(ascii: ".") } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: random.element(Self.numbers))
    }

    /// A short piece a few hundred times.
    private func repeated(_ bytes: inout [UInt8], at place: Int, _ random: inout CaseRandom) {
        let part = Array(bytes[place..<min(place + 1 + random.below(6), bytes.count)])
        bytes.insert(contentsOf: (0..<random.below(600)).flatMap { _ in part }, at: place)
    }
}
