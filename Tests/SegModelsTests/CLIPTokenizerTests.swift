internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// CLIP's tokenizer against OpenAI's with ftfy, by `Scripts/goldens/clip_tokenizer.py`.
@Suite("CLIP tokenizer")
struct CLIPTokenizerTests {
    private struct Case: Decodable {
        var text: String
        var ids: [Int]
        /// Those without ftfy's repair of encodings, where the script tells them.
        var plain: [Int]?
    }

    private struct Golden: Decodable {
        var ranks: [Int]
        var merges: [String]
        var cases: [Case]
    }

    private struct Strings: Decodable { var cases: [Case] }

    /// The golden, and a tokenizer of its merges.
    private static func golden() throws -> (Golden, CLIPTokenizer) {
        let url = try CLIPFixtures.goldens().appendingPathComponent("clip-tokenizer.json")
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        let merges = (["title"] + golden.merges).joined(separator: "\n")
        return (golden, CLIPTokenizer(try BytePairVocabulary(merges: Array(merges.utf8), source: "golden")))
    }

    @Test("Hundreds of strings have the reference's tokens, the anchors first")
    func golden() throws {
        let (golden, tokenizer) = try Self.golden()
        func published(_ token: Int) -> Int {
            switch token - 512 {
            case ..<0: token
            case ..<golden.ranks.count: 512 + golden.ranks[token - 512]
            default: 49406 + token - tokenizer.vocabulary.startToken
            }
        }
        #expect(golden.cases.count > 400)
        #expect(golden.cases[0].text == "a photo of a cat" && golden.cases[0].ids == [320, 1125, 539, 320, 2368])
        for example in golden.cases {
            let found = tokenizer.tokens(of: example.text).map(published)
            #expect(found == example.ids, "\(example.text.debugDescription)")
        }
    }

    @Test("A sequence begins and ends with the marks, which a text may spell")
    func sequence() throws {
        let (_, tokenizer) = try Self.golden()
        let (start, end) = (tokenizer.vocabulary.startToken, tokenizer.vocabulary.endToken)
        #expect(tokenizer.sequence(of: "") == [start, end])
        #expect(tokenizer.tokens(of: "<|startoftext|> <|ENDOFTEXT|>") == [start, end])
        #expect(tokenizer.vocabulary.count == end + 1 && end == start + 1)
    }

    @Test("Long runs of letters are split in bounded time")
    func longText() throws {
        let (_, tokenizer) = try Self.golden()
        let text = String(repeating: "abcdefghij", count: 2000)
        #expect(tokenizer.tokens(of: text).count > 1000)
    }

    @Test("A vocabulary is found packed, plain or as merges.txt, in a folder or beside weights")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("clip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let weights = folder.appendingPathComponent("ViT-B-16.safetensors")
        let missing = #expect(throws: TokenizerError.self) { try CLIPTokenizer(beside: weights) }
        #expect(missing?.description.contains("put bpe_simple_vocab_16e6.txt.gz") == true)
        for name in CLIPTokenizer.fileNames.reversed() {
            let plain = Data(CLIPFixtures.merges.utf8)
            try (name.hasSuffix(".gz") ? Self.packed : plain).write(to: folder.appendingPathComponent(name))
            #expect(try CLIPTokenizer(beside: weights).vocabulary.count == 600, "\(name)")
            #expect(try CLIPTokenizer(contentsOf: folder).vocabulary.source.hasSuffix(name))
        }
        var damaged = Self.packed
        for index in [damaged.count / 2, damaged.count - 6] {
            damaged[index] ^= 0xff
            try damaged.write(to: folder.appendingPathComponent(CLIPTokenizer.fileNames[0]))
            let error = #expect(throws: TokenizerError.self) { try CLIPTokenizer(contentsOf: folder) }
            #expect(error?.description.contains("damaged gzip data") == true)
            damaged[index] ^= 0xff
        }
        try Self.packed.prefix(60).write(to: folder.appendingPathComponent(CLIPTokenizer.fileNames[0]))
        #expect(throws: TokenizerError.self) { try CLIPTokenizer(contentsOf: folder) }
    }

    @Test(
        "A line that is no merge is an error with its number",
        arguments: ["\na b\nab\n", "\na b\na b\n", "\na b\nab xy\n", "\na b\n\na c\n", "\n", ""])
    func malformed(_ text: String) {
        let error = #expect(throws: TokenizerError.self) {
            try BytePairVocabulary(merges: Array(text.utf8), source: "merges.txt")
        }
        #expect(error?.description.hasPrefix("merges.txt, line ") == true, "\(error?.description ?? "")")
    }

    /// By hand: FSS_CLIP_STRINGS is the script's file of random strings, FSS_CLIP_VOCABULARY the published vocabulary.
    @Test(
        "Random Unicode strings have the reference's tokens",
        .enabled(if: ProcessInfo.processInfo.environment["FSS_CLIP_STRINGS"] != nil))
    func randomStrings() throws {
        let environment = ProcessInfo.processInfo.environment
        let strings = try #require(environment["FSS_CLIP_STRINGS"])
        let tokenizer = try CLIPTokenizer(
            contentsOf: URL(fileURLWithPath: try #require(environment["FSS_CLIP_VOCABULARY"])))
        #expect(tokenizer.vocabulary.count == 49408)
        let cases = try JSONDecoder().decode(Strings.self, from: Data(contentsOf: URL(fileURLWithPath: strings))).cases
        var (wrong, repaired) = ([String](), 0)
        for example in cases {
            let found = tokenizer.tokens(of: example.text)
            if found != example.plain ?? example.ids { wrong.append(example.text.debugDescription) }
            if found != example.ids { repaired += 1 }
        }
        print("\(cases.count) strings, \(wrong.count) differ, \(repaired) differ from the reference with repaired encodings")
        #expect(wrong.isEmpty, "\(wrong.prefix(20))")
    }

    /// ``CLIPFixtures/merges`` as gzip packs them, with a file's name in the header.
    private static let packed = Data(base64Encoded: packedText, options: .ignoreUnknownCharacters) ?? Data()
    private static let packedText = """
        H4sICAAAAAAC/21lcmdlcy50eHQADc07TgIAFATAnlOQ2Bti6W3YfYj4AQQB4fROMfU8XTen8+6wf12unl8W6+WaUIYNb2x5Z8cHn3zxzZ4DR344
        ceaXC1du/HHnsYgnnnjiiSeeeOKJJ5544oknnnjiiSeeeOKJJ5544oknnnrqqaeeeuqpp5566qmnnnrqqaeeeuqpp5566qmnnnrqGc94xjOe8Yxn
        POP5B9nG4p9mAQAA
        """
}
