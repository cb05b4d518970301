import Datasets
import Foundation
import PseudoLabel
import SegModels
import TensorCore
import Testing

@Suite("Prompt building")
struct PromptBuildingTests {
    private static func folder() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("bank-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    private static func builder(_ count: Int, patience: Int = 300, lambda: Double = 0.8) -> PromptBankBuilder {
        var settings = PromptBankBuilder.Settings()
        (settings.count, settings.patience, settings.lambda, settings.batch) = (count, patience, lambda, 8)
        return PromptBankBuilder(HashedNGramEmbedding(), settings: settings)
    }

    @Test("The grammar names the class always, repeats nothing and follows from its seed")
    func grammar() throws {
        var first = try PromptGrammar(seed: 3)
        var second = try PromptGrammar(seed: 3)
        var other = try PromptGrammar(seed: 4)
        let request = PromptRequest(className: "striped ring", count: 200)
        let prompts = first.proposals(request)
        #expect(prompts.count == 200 && Set(prompts).count == 200)
        #expect(prompts.allSatisfy { $0.contains("striped ring") })
        #expect(second.proposals(request) == prompts && other.proposals(request) != prompts)
        let next = first.proposals(PromptRequest(className: "striped ring", count: 10, accepted: prompts))
        #expect(Set(next).isDisjoint(with: prompts) && next.count == 10)
    }

    @Test("A grammar is used up after all its combinations")
    func combinations() throws {
        let words = PromptGrammar.Words(
            attributes: ["", "old"], places: ["here", "there"], views: [""], light: [""], styles: [""])
        var grammar = try PromptGrammar(words: words)
        let prompts = grammar.proposals(PromptRequest(className: "axe", count: 100))
        #expect(Set(prompts) == ["an axe here", "an axe there", "an old axe here", "an old axe there"])
        #expect(grammar.proposals(PromptRequest(className: "axe", count: 100, accepted: prompts)).isEmpty)
    }

    @Test("Lists that make no grammar")
    func badLists() {
        func words(_ places: [String]) -> PromptGrammar.Words {
            PromptGrammar.Words(attributes: [""], places: places, views: [""], light: [""], styles: [""])
        }
        let lists = [[], ["a\nb"], ["a", "a"], (0...PromptGrammar.maximumCombinations).map { "\($0)" }]
        for list in lists { #expect(throws: DatasetError.self) { _ = try PromptGrammar(words: words(list)) } }
    }

    @Test("A file's lines, with {} for the name")
    func file() throws {
        let file = try Self.folder().appendingPathComponent("p.txt")
        try Data("# mine\n\na {} on a desk\r\na cup\n".utf8).write(to: file)
        var prompts = try PromptFile(file)
        #expect(try prompts.proposals(PromptRequest(className: "cup", count: 9)) == ["a cup on a desk", "a cup"])
        let error = #expect(throws: DatasetError.self) { _ = try prompts.proposals(PromptRequest(className: "dog", count: 9)) }
        #expect(error?.place == "line 4")
    }

    @Test(
        "Files that hold no prompts",
        arguments: ["", "# only\n\n", "a \u{1} {}\n", String(repeating: "x", count: 3000), "\u{89}PNG\r\n"])
    func badFile(text: String) throws {
        let file = try Self.folder().appendingPathComponent("p.txt")
        try Data(text.utf8).write(to: file)
        #expect(throws: DatasetError.self) { _ = try PromptFile(file) }
        #expect(throws: DatasetError.self) { _ = try PromptFile(file.appendingPathExtension("none")) }
    }

    @Test("The embedding of words has length one, is the same again and knows words in common only")
    func embedding() throws {
        let vectors = try HashedNGramEmbedding().embeddings(["a dog on a beach", "a dog on a beach!", "two puppies swimming"])
        func dot(_ a: Int, _ b: Int) -> Float { zip(vectors[a], vectors[b]).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(abs(dot(0, 0) - 1) < 1e-5 && abs(dot(0, 1) - 1) < 1e-5 && dot(0, 2) < 0.4)
        #expect(throws: PromptEmbeddingError.self) { _ = try HashedNGramEmbedding().embeddings(["?!"]) }
    }

    @Test("A bank is filled, every s below λ, and what was refused keeps its own")
    func fill() async throws {
        let builder = Self.builder(20, lambda: 0.75)
        var bank = builder.bank(className: "cup")
        var grammar = try PromptGrammar()
        #expect(try await builder.fill(&bank, from: &grammar) == .full)
        #expect(bank.entries.count == 20 && !bank.refusals.isEmpty)
        #expect(bank.entries.dropFirst().allSatisfy { ($0.similarity ?? 1) < 0.75 })
        #expect(bank.refusals.allSatisfy { $0.similarity >= 0.75 })
    }

    @Test("A bank that was stopped and loaded goes on to the same bank")
    func resume() async throws {
        let file = try Self.folder().appendingPathComponent("bank.json")
        var grammar = try PromptGrammar()
        let whole = Self.builder(30, lambda: 0.7)
        var expected = whole.bank(className: "cup")
        _ = try await whole.fill(&expected, from: &grammar)
        let part = Self.builder(11, lambda: 0.7)
        var first = part.bank(className: "cup")
        _ = try await part.fill(&first, from: &grammar, savingTo: file)
        var second = try PromptBank(contentsOf: file)
        #expect(second == first)
        _ = try await whole.fill(&second, from: &grammar)
        #expect(second.prompts == expected.prompts && second.entries == expected.entries)
    }

    @Test("A proposer with nothing new, or only what is refused, ends the bank short")
    func endings() async throws {
        let words = PromptGrammar.Words(attributes: ["", "old"], places: [""], views: [""], light: [""], styles: [""])
        var few = try PromptGrammar(words: words)
        let builder = Self.builder(10)
        var bank = builder.bank(className: "cup")
        #expect(try await builder.fill(&bank, from: &few) == .exhausted)
        var parrot = Parrot()
        #expect(try await builder.fill(&bank, from: &parrot) == .exhausted && parrot.asked == 4)
        let strict = Self.builder(10, patience: 5, lambda: -1)
        var closed = strict.bank(className: "cup")
        var grammar = try PromptGrammar()
        #expect(try await strict.fill(&closed, from: &grammar) == .patience)
        #expect(closed.entries.count == 1 && closed.refusals.count == 5)
    }

    private struct Parrot: PromptProposer {
        var asked = 0
        var identity: String { "parrot" }
        mutating func proposals(_ request: PromptRequest) -> [String] {
            asked += 1
            return ["a cup that is always the same"]
        }
    }

    @Test("A bank of another encoder is refused")
    func encoder() async throws {
        let builder = Self.builder(10)
        var bank = PromptBank(className: "cup", encoder: "another")
        var grammar = try PromptGrammar()
        await #expect(throws: DatasetError.self) { _ = try await builder.fill(&bank, from: &grammar) }
    }

    @Test("Damaged banks are refused with their place")
    func damaged() async throws {
        let file = try Self.folder().appendingPathComponent("bank.json")
        let builder = Self.builder(4, lambda: 0.6)
        var bank = builder.bank(className: "cup")
        var grammar = try PromptGrammar()
        _ = try await builder.fill(&bank, from: &grammar, savingTo: file)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(try PromptBank(contentsOf: file) == bank)
        let changes = [
            ("\"version\" : 1", "\"version\" : 2"), ("\"lambda\"", "\"more\" : 1, \"lambda\""),
            ("\"lambda\" : 0.6", "\"lambda\" : -0.9"),
            ("\"lambda\" : 0.6", "\"lambda\" : 7"), ("\"embedding\" : \"", "\"embedding\" : \"AAAA"),
            ("\"className\" : \"cup\"", "\"className\" : \"\""),
            ("\"similarity\" : 0.", "\"similarity\" : 0.9"), ("{", "["),
        ]
        for (old, new) in changes {
            try #require(text.contains(old), "\(old)")
            try Data(text.replacing(old, with: new, maxReplacements: 1).utf8).write(to: file)
            #expect(throws: DatasetError.self, "\(new)") { _ = try PromptBank(contentsOf: file) }
        }
        try Data(text.utf8.prefix(text.utf8.count / 2)).write(to: file)
        #expect(throws: DatasetError.self) { _ = try PromptBank(contentsOf: file) }
    }

    @Test("λ is the percentile of the nearest neighbours' cosines")
    func calibration() throws {
        // Pairs with cosines 0.8 (first two), 0.6 and 0 with the rest.
        let vectors: [[Float]] = [[1, 0, 0], [0.8, 0.6, 0], [0, 1, 0], [0, 0, 1]]
        let all = try #require(PromptBank.calibratedThreshold(of: vectors, percentile: 1))
        let none = try #require(PromptBank.calibratedThreshold(of: vectors, percentile: 0))
        #expect(abs(all - 0.8) < 1e-6 && abs(none) < 1e-6)
        #expect(PromptBank.calibratedThreshold(of: [[1]]) == nil)
        let measured = try #require(try PromptBank.calibratedThreshold(className: "cup", embedding: HashedNGramEmbedding()))
        #expect((0.5...1).contains(measured))
    }

    @Test("A bank is more diverse than the class name's sentences, and covers more")
    func diversity() async throws {
        let builder = Self.builder(30, lambda: 0.6)
        var bank = builder.bank(className: "cup")
        var grammar = try PromptGrammar()
        _ = try await builder.fill(&bank, from: &grammar)
        let heldOut = grammar.proposals(
            PromptRequest(className: "cup", count: 100, accepted: bank.prompts, refused: bank.refusals.map(\.prompt)))
        let report = try DiversityReport(bank, embedding: HashedNGramEmbedding(), heldOut: heldOut)
        let (own, names) = (try #require(report.bank.nearestNeighbour), try #require(report.classNamePrompts.nearestNeighbour))
        #expect(own.mean < names.mean && own.maximum < 0.6 && own.count == bank.entries.count)
        #expect(try #require(report.bank.coverage) > #require(report.classNamePrompts.coverage))
        #expect(own.deciles == own.deciles.sorted() && own.percentile(1) == own.maximum)
        let empty = DiversityReport(bank: [], classNamePrompts: [[1, 0]], heldOut: [])
        #expect(empty.bank.nearestNeighbour == nil && empty.bank.coverage == nil && empty.classNamePrompts.coverage == nil)
    }
}
