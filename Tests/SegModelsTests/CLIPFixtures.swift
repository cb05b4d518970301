internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// The small towers of `Scripts/goldens/clip_towers.py` and its results.
enum CLIPFixtures {
    static let viT = CLIPViT(patch: 16, width: 128, depth: 3, grid: 4, dimension: 24, space: "small")
    static let resNet = CLIPResNet(blocks: [1, 2, 2, 1], width: 16, grid: 2, dimension: 24, space: "small")
    static let text = CLIPText(vocabulary: 600, context: 20, width: 64, depth: 2, dimension: 24, space: "small")
    static let texts = [[598, 5, 17, 300, 42, 599], [598, 511, 599], [598, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 599]]

    static func goldens() throws -> URL { try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil)) }

    static func golden(_ name: String) throws -> StateDict {
        try Safetensors.load(contentsOf: try goldens().appendingPathComponent("clip-\(name).safetensors"))
    }

    /// A network with the weights of the formulas.
    static func backbone(
        _ family: some BackboneFamily, _ precision: Precision = .float32
    ) throws -> any ImageEncoder {
        let description = BackboneDescription(name: "small", network: NetworkConfiguration(family), preprocessing: .clip)
        let backbone = try #require(try description.makeBackbone(precision: precision) as? any ImageEncoder)
        try backbone.load(BackboneFixtures.formulaState(of: backbone))
        return backbone
    }

    static func encoder(_ shape: CLIPText = text, _ precision: Precision = .float32) throws -> CLIPTextEncoder {
        let encoder = try CLIPTextEncoder(ParameterScope(), shape, name: "small", tokenizer: try tokenizer(), precision: precision)
        try encoder.load(BackboneFixtures.formulaState(of: encoder))
        return encoder
    }

    /// Merges of two letters each, as many as make a vocabulary of 600.
    static let merges = "#version: 0.2\n" + pairs.prefix(86).map { "\($0.0) \($0.1)\n" }.joined()

    private static let pairs = "abcd".flatMap { left in "abcdefghijklmnopqrstuvwxyz".map { (left, $0) } }

    /// `count` merges that a vocabulary can have: every pair of printable characters, then a third one after each.
    static func manyMerges(_ count: Int) -> String {
        let letters = (33...126).map { String(Unicode.Scalar(UInt8($0))) }
        let twos = letters.flatMap { left in letters.map { (left, $0) } }
        let threes = twos.lazy.flatMap { two in letters.map { (two.0 + two.1, $0) } }
        return (twos + threes.prefix(max(count - twos.count, 0))).prefix(count).map { "\($0.0) \($0.1)\n" }.joined()
    }

    static func tokenizer() throws -> CLIPTokenizer {
        CLIPTokenizer(try BytePairVocabulary(merges: Array(merges.utf8), source: "pairs"))
    }

    /// What the script keeps of a gradient: of matrices every 16th row, `rows` at most.
    static func kept(_ gradient: Tensor, rows: Int) -> Tensor {
        guard gradient.rank > 1 else { return gradient }
        let count = min((gradient.shape[0] + 15) / 16, rows)
        return gradient.sliced(axis: 0, from: 0, count: count, step: 16)
    }

    /// Compares every gradient of a golden; returns how many there were.
    static func compare(
        _ gradients: Gradients, of parameters: [Parameter], _ golden: StateDict, rows: Int = .max
    ) throws -> Int {
        var compared = 0
        for parameter in parameters {
            guard let expected = golden["gradient." + parameter.path] else { continue }
            let gradient = try #require(gradients[parameter], "\(parameter.path) has no gradient")
            BackboneFixtures.expectEqual(kept(gradient, rows: rows), expected, parameter.path, tolerance: 1e-3)
            compared += 1
        }
        return compared
    }
}
