internal import TensorCore

/// The vocabulary of a byte-pair encoding as CLIP has it: tokens of single bytes, the same at the end of a word, one for every
/// merge, and the two that begin and end a text.
public struct BytePairVocabulary: Sendable {
    private struct Merge: Sendable {
        var rank: Int32
        var token: Int32
    }

    /// The merges of OpenAI's file that CLIP uses.
    static let standardMerges = 49152 - 256 - 2

    private let byteTokens: [Int32]
    private let merges: [UInt64: Merge]
    /// Where it comes from, for messages.
    public let source: String
    /// The token that begins a text.
    public let startToken: Int
    /// The token that ends a text.
    public let endToken: Int
    /// All tokens: 49 408 in CLIP's vocabulary.
    public var count: Int { endToken + 1 }

    /// Reads merges, a line each, the most frequent first: two symbols with a space between them.
    ///
    /// - Parameters:
    ///   - text: UTF-8; the first line is a title. Of more merges than CLIP uses the rest is passed over, as OpenAI's own file is
    ///     of five times as many.
    ///   - source: the file, for messages.
    /// - Throws: ``TokenizerError/malformed(source:line:found:)``.
    public init(merges text: some Collection<UInt8>, source: String) throws(TokenizerError) {
        var tokens = Self.byteSymbols()
        var merges: [UInt64: Merge] = [:]
        let lines = text.split(
            separator: UInt8(ascii: "\n"), maxSplits: Self.standardMerges + 1, omittingEmptySubsequences: false)
        for (index, line) in lines.dropFirst().prefix(Self.standardMerges).enumerated() {
            let parts = line.filter { $0 != UInt8(ascii: "\r") }.split(separator: UInt8(ascii: " "))
            if parts.isEmpty && index + 2 == lines.count { break }
            guard parts.count == 2, let left = tokens[Array(parts[0])], let right = tokens[Array(parts[1])],
                tokens.updateValue(Int32(512 + index), forKey: Array(parts[0] + parts[1])) == nil
            else {
                let found = String(decoding: line.prefix(60), as: UTF8.self)
                throw .malformed(source: source, line: index + 2, found: found)
            }
            merges[Self.key(left, right)] = Merge(rank: Int32(index), token: Int32(512 + index))
        }
        guard !merges.isEmpty else { throw .malformed(source: source, line: 2, found: "the end of the file") }
        self.merges = merges
        self.source = source
        byteTokens = Self.byteOrder()
        startToken = 512 + merges.count
        endToken = startToken + 1
    }

    /// The digest of the merges in their order: vocabularies of the same split texts alike.
    public var digest: String {
        var hash = SHA256()
        // Which bytes a merge joins follows from the tokens that it names and the merges before.
        for merge in merges.sorted(by: { $0.value.rank < $1.value.rank }) {
            hash.update((0..<8).map { UInt8(truncatingIfNeeded: merge.key >> (8 * UInt64($0))) })
        }
        return hash.hexDigest()
    }

    /// The number of every token by its symbol, as Hugging Face's `vocab.json` has them.
    ///
    /// - Parameter text: merges, as ``init(merges:source:)`` reads them.
    /// - Throws: ``TokenizerError/malformed(source:line:found:)``.
    public static func numbers(merges text: some Collection<UInt8>, source: String) throws(TokenizerError) -> [String: Int] {
        let vocabulary = try BytePairVocabulary(merges: text, source: source)
        var numbers: [String: Int] = [:]
        for (symbol, token) in byteSymbols() { numbers[String(decoding: symbol, as: UTF8.self)] = Int(token) }
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst()
        for (index, line) in lines.prefix(vocabulary.startToken - 512).enumerated() {
            let symbol = line.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: " ") }
            numbers[String(decoding: symbol, as: UTF8.self)] = 512 + index
        }
        numbers["<|startoftext|>"] = vocabulary.startToken
        numbers["<|endoftext|>"] = vocabulary.endToken
        return numbers
    }

    /// The tokens of a word's bytes.
    func tokens(of word: some Collection<UInt8>) -> [Int] {
        var symbols = word.map { byteTokens[Int($0)] }
        guard let last = symbols.last else { return [] }
        symbols[symbols.count - 1] = last + 256
        while let best = bestMerge(symbols) { apply(best.merge, best.pair, to: &symbols) }
        return symbols.map { Int($0) }
    }

    private func bestMerge(_ symbols: [Int32]) -> (merge: Merge, pair: UInt64)? {
        var best: (merge: Merge, pair: UInt64)?
        for (left, right) in zip(symbols, symbols.dropFirst()) {
            let pair = Self.key(left, right)
            guard let merge = merges[pair], merge.rank < best?.merge.rank ?? .max else { continue }
            best = (merge, pair)
        }
        return best
    }

    /// Merges every occurrence of `pair`, left to right.
    private func apply(_ merge: Merge, _ pair: UInt64, to symbols: inout [Int32]) {
        var (write, read) = (0, 0)
        while read < symbols.count {
            let isPair = read + 1 < symbols.count && Self.key(symbols[read], symbols[read + 1]) == pair
            symbols[write] = isPair ? merge.token : symbols[read]
            write += 1
            read += isPair ? 2 : 1
        }
        symbols.removeLast(symbols.count - write)
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The bytes that stand for themselves in vocabularies, in order, then the others: the order of the first 256 tokens.
    private static var tableOrder: [UInt8] {
        let printable = (33...126).map { UInt8($0) } + (161...172).map { UInt8($0) } + (174...255).map { UInt8($0) }
        return printable + (0...255).map { UInt8($0) }.filter { !printable.contains($0) }
    }

    /// The token of every byte.
    private static func byteOrder() -> [Int32] {
        var tokens = [Int32](repeating: 0, count: 256)
        for (token, byte) in tableOrder.enumerated() { tokens[Int(byte)] = Int32(token) }
        return tokens
    }

    /// The tokens of single bytes by their symbols in UTF-8: printable bytes as themselves, the others from U+0100 on; and with the
    /// mark of a word's end.
    private static func byteSymbols() -> [[UInt8]: Int32] {
        var tokens: [[UInt8]: Int32] = [:]
        let order = tableOrder
        for (token, byte) in order.enumerated() {
            let value = token < 188 ? UInt32(byte) : UInt32(256 + token - 188)
            let symbol = Array(String(Unicode.Scalar(value).map(Character.init) ?? " ").utf8)
            tokens[symbol] = Int32(token)
            tokens[symbol + Array("</w>".utf8)] = Int32(token + 256)
        }
        return tokens
    }
}

/// Why a tokenizer could not be made.
public enum TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No vocabulary lies where it was looked for.
    case missing(searched: [String])
    /// A file cannot be read.
    case file(String, reason: String)
    /// A line is no merge of two symbols that earlier lines made, or makes one again.
    case malformed(source: String, line: Int, found: String)
    /// The vocabulary is another one than the network's.
    case size(source: String, found: Int, expected: Int)

    public var description: String {
        switch self {
        case .missing(let searched):
            "CLIP's vocabulary is not here: put bpe_simple_vocab_16e6.txt.gz (it comes with the packages clip and open_clip) or "
                + "merges.txt beside the weights, or give its path; looked for \(searched.joined(separator: ", "))"
        case .file(let path, let reason): "\(path): \(reason)"
        case .malformed(let source, let line, let found):
            "\(source), line \(line): expected two symbols that earlier lines made, and their merge to be new, found \"\(found)\""
        case .size(let source, let found, let expected):
            "\(source): a vocabulary of \(found) tokens, but the text tower was trained with \(expected); use the one that its weights "
                + "came with"
        }
    }
}
