internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// SentencePiece's tokens, exactly, for twenty thousand random texts.
@Suite("SentencePiece")
struct SentencePieceTests {
    private static let words = """
        the a photo of cat dog airplane bicycle person sitting on red blue street in rain with bright light under sky café naïve 123 \
        2024 don't it's high-quality ＡＢＣ ﬁne
        """.split(separator: " ").map(String.init)
    private static let alphabet = Array(
        "abcdefghij thephotocatdog  \t\n.,!?'0123456789éàçÄßﬁ①ＡＢＣ　½…—\u{a0}\u{200b}\u{301}你好😀ΩΜあ".unicodeScalars)

    private static func model() throws -> Data {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        let packed = try Data(contentsOf: folder.appendingPathComponent("sentence-piece.model.gz"))
        return try Gzip.inflated(packed, limit: 4 << 20)
    }

    private static func golden() throws -> [String] {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        let text = try String(contentsOf: folder.appendingPathComponent("sentence-piece.txt"), encoding: .utf8)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func text(_ index: Int) -> String {
        let u = BackboneFixtures.uniform("sentence \(index)", count: 48)
        var letters = String.UnicodeScalarView()
        for value in u[2..<(2 + Int(u[0] * 30))] { letters.append(alphabet[Int(value * Double(alphabet.count))]) }
        let own = u[32..<(32 + Int(u[1] * 9))].map { words[Int($0 * Double(words.count))] }
        return own.joined(separator: " ") + String(letters)
    }

    @Test("Random texts", arguments: 0..<4)
    func random(_ part: Int) throws {
        let tokenizer = try SentencePieceTokenizer(try Self.model(), source: "test")
        let golden = try Self.golden()
        for block in (part * 10)..<(part * 10 + 10) {
            let rows = (0..<500).map { index in
                tokenizer.tokens(of: Self.text(block * 500 + index)).map(String.init).joined(separator: ",")
            }
            #expect(SHA256.hex(rows.joined(separator: "\n")) == golden[block], "block \(block)")
        }
    }

    @Test("Known texts, and a fixed number of tokens")
    func known() throws {
        let tokenizer = try SentencePieceTokenizer(try Self.model(), source: "test")
        let golden = try Self.golden()
        for (index, text) in ["a photo of a cat", "ＡＢＣ ﬁne", "你好 x", "", "  tab\tnew\nline "].enumerated() {
            #expect(tokenizer.tokens(of: text).map(String.init).joined(separator: ",") == golden[40 + index], "\(text)")
        }
        let own = tokenizer.tokens(of: "a photo")
        #expect(tokenizer.sequence(of: "a photo", length: own.count + 3).tokens == own + [1, 0, 0])
        let cut = tokenizer.sequence(of: "a photo", length: own.count)
        #expect(cut.tokens == own.dropLast() + [1] && cut.omitted == 1)
    }

    @Test("Damaged models are refused, and no byte crashes the reader")
    func damage() throws {
        let model = try Self.model()
        #expect(throws: TokenizerError.self) { try SentencePieceTokenizer(Data(), source: "empty") }
        var random = TorchRandom(seed: 3)
        for _ in 0..<60 {
            var bytes = [UInt8](model)
            for _ in 0..<4 { bytes[random.integer(below: bytes.count)] = UInt8(random.integer(below: 256)) }
            bytes.removeLast(random.integer(below: 2) == 0 ? 0 : random.integer(below: bytes.count))
            // Either an error or some tokens.
            guard let tokenizer = try? SentencePieceTokenizer(Data(bytes), source: "damaged") else { continue }
            _ = tokenizer.tokens(of: "a photo of ＡＢＣ ﬁne café 你好")
        }
    }
}
