internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("Prompts and the prototypes of names")
struct PromptTests {
    private static func expectClose(_ found: Tensor, _ expected: [Float], _ what: String) {
        let pairs = zip(found.scalars, expected)
        #expect(found.count == expected.count && pairs.allSatisfy { abs($0 - $1) < 1e-4 }, "\(what): \(found.scalars)")
    }

    @Test("One sentence, CLIP's eighty, or templates of one's own")
    func templates() throws {
        #expect(PromptTemplates.photo.sentences(of: "dog") == ["a photo of a dog."])
        #expect(PromptTemplates.name.sentences(of: "{}") == ["{}"])
        let eighty = PromptTemplates.imageNet.sentences(of: "cat")
        #expect(eighty.count == 80 && Set(eighty).count == 80 && eighty.allSatisfy { $0.contains("cat") })
        #expect(eighty.first == "a bad photo of a cat." && eighty.last == "a tattoo of the cat.")
        let own = try PromptTemplates(["{} in the sea", "the {}"])
        #expect(own.sentences(of: "ship") == ["ship in the sea", "the ship"])
        let copy = try JSONDecoder().decode(PromptTemplates.self, from: JSONEncoder().encode(own))
        #expect(copy == own)
    }

    @Test("Templates without exactly one place for the name are refused", arguments: [[], ["a photo"], ["{} and {}"]])
    func badTemplates(_ templates: [String]) {
        let error = #expect(throws: TextEncoderError.self) { try PromptTemplates(templates) }
        #expect(error?.description.contains("expected") == true)
    }

    @Test("A prompted vector is the mean of the sentences' directions, at length one")
    func ensemble() throws {
        let words = WordVectors(["big dog": [2, 0, 0], "small dog": [0, 3, 0]])
        let prompted = PromptedTextEncoder(words, try PromptTemplates(["big {}", "small {}"]))
        let half = Float(0.5).squareRoot()
        Self.expectClose(try prompted.encoded(["dog"]), [half, half, 0], "dog")
        #expect(try prompted.encoded([]).shape == [0, 3])
        #expect(prompted.space == words.space && prompted.dimension == 3)
        #expect(throws: TextEncoderError.self) { try prompted.encoded(["cat"]) }
    }

    private static let words = WordVectors(["red": [4, 0, 0], "green": [0, 2, 0], "blue": [0, 0, 1], "mauve": [1, 0, 1]])
    /// Two pixels: red, and between green and blue.
    private static let query = QueryFeatures(Tensor([[[3, 0, 0], [0, 5, 5]]]).expanded(at: 0))

    @Test("Names share every pixel by the softmax of their cosines")
    func shares() throws {
        let names = try TextPrototypes(["red", "green", "blue"], .name, encoder: Self.words)
        let half = Float(0.5).squareRoot()
        Self.expectClose(names.cosines(with: Self.query), [1, 0, 0, half, 0, half], "cosines")
        let e = Float(M_E)
        let shares = names.shares(of: Self.query)
        Self.expectClose(shares.sum(axes: [0]), [1, 1], "sums")
        Self.expectClose(shares.sliced(axis: 0, from: 0, count: 1).sliced(axis: 1, from: 0, count: 1), [e / (e + 2)], "red")
        let sharp = names.shares(of: Self.query, temperature: 0.01)
        #expect(sharp.scalars[0] > 0.999 && abs(sharp.scalars[3] - 0.5) < 1e-3)
        Self.expectClose(try names.vector(of: "green"), [0, 1, 0], "green")
        let error = #expect(throws: TextEncoderError.self) { try names.vector(of: "pink") }
        #expect(error?.description.contains("red, green, blue") == true)
        #expect(throws: TextEncoderError.self) { try TextPrototypes([], encoder: Self.words) }
    }

    @Test("The text prior with rivals is the share of the text; a text that is no rival competes with all")
    func rivals() throws {
        let names = try TextPrototypes(["red", "green", "blue"], .name, encoder: Self.words)
        let prior = TextSoftmax(among: names)
        let all = names.shares(of: Self.query).scalars
        let known = prior.prior(try Self.words.encoded(["green", "red"]), Self.query)
        Self.expectClose(known, [all[2], all[3], all[0], all[1]], "known")
        let (mauve, half) = (Float(0.5).squareRoot(), Float(0.5).squareRoot())
        func share(_ own: Float, _ others: [Float]) -> Float { exp(own) / (exp(own) + others.map { exp($0) }.reduce(0, +)) }
        let new = prior.prior(try Self.words.encoded(["mauve"]), Self.query)
        Self.expectClose(new, [share(mauve, [1, 0, 0]), share(0.5, [0, half, half])], "mauve")
    }
}

/// Vectors of given texts.
private final class WordVectors: TextEncoder {
    let scope = ParameterScope()
    let name = "words"
    let space = "words"
    let dimension = 3
    private let vectors: [String: [Float]]

    init(_ vectors: [String: [Float]]) { self.vectors = vectors }

    func encoded(_ texts: [String]) throws(TextEncoderError) -> Tensor {
        var rows: [Float] = []
        for text in texts {
            guard let row = vectors[text] else { throw .unusable(text: text, encoder: name, reason: "is unknown") }
            rows += row
        }
        return Tensor(rows, shape: [texts.count, dimension])
    }
}
