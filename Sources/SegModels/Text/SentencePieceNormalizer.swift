/// SentencePiece's normalisation: the longest key of a table that fits is replaced by its text, everything else stays; then runs of spaces
/// are one, and every word begins with U+2581.
struct SentencePieceNormalizer: Sendable {
    /// A double-array tree (Darts), one number a node.
    private let units: [UInt32]
    /// Texts that end with 0.
    private let texts: [UInt8]
    private static let mark: [UInt8] = [0xe2, 0x96, 0x81]

    init(_ charsmap: ArraySlice<UInt8>, source: String) throws(TokenizerError) {
        guard !charsmap.isEmpty else {
            (units, texts) = ([], [])
            return
        }
        let bytes = Array(charsmap)
        let size = bytes.count < 4 ? -1 : Self.word(bytes, 0)
        guard size > 0, size % 4 == 0, size <= bytes.count - 4 else {
            throw .file(source, reason: "its table of characters has \(bytes.count) bytes and says that its tree has \(size)")
        }
        units = stride(from: 4, to: 4 + size, by: 4).map { UInt32(Self.word(bytes, $0)) }
        texts = Array(bytes[(4 + size)...])
    }

    private static func word(_ bytes: [UInt8], _ place: Int) -> Int {
        (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }

    /// Bytes of the character that begins with `byte`.
    static func length(of byte: UInt8) -> Int { byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4 }

    /// A text's bytes, normalised; empty where nothing but spaces is left.
    func normalized(_ bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if let (length, text) = longest(bytes, place) {
                plain.append(contentsOf: texts[text...].prefix { $0 != 0 })
                place += length
            } else {
                let end = min(place + Self.length(of: bytes[place]), bytes.count)
                plain.append(contentsOf: bytes[place..<end])
                place = end
            }
        }
        return plain.split(separator: UInt8(ascii: " ")).flatMap { Self.mark + $0 }
    }

    /// The length of the longest key that stands at a place, and where its text begins.
    private func longest(_ bytes: [UInt8], _ place: Int) -> (length: Int, text: Int)? {
        guard let root = units.first else { return nil }
        var best: (length: Int, text: Int)?
        var node = Self.offset(root)
        for index in place..<bytes.count {
            node ^= Int(bytes[index])
            guard units.indices.contains(node) else { break }
            let unit = units[node]
            guard unit & 0x8000_00ff == UInt32(bytes[index]) else { break }
            node ^= Self.offset(unit)
            guard units.indices.contains(node) else { break }
            guard unit >> 8 & 1 == 1 else { continue }
            let text = Int(units[node] & 0x7fff_ffff)
            if text < texts.count { best = (index + 1 - place, text) }
        }
        return best
    }

    private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 0x200) >> 6) }
}
