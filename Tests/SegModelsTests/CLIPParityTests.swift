internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Small towers against OpenAI's package: levels, the image's vector, dense features, texts, gradients.
@Suite("CLIP parity with OpenAI's package")
struct CLIPParityTests {
    private static let images = BackboneFixtures.formulaImages(2, 64, 96)
    private static let image = BackboneFixtures.formulaImages(1, 64, 96)

    private func compareLevels(_ backbone: any ImageEncoder, _ images: Tensor, _ golden: StateDict) throws {
        let maps = backbone.features(images)
        #expect(maps.count == 3)
        for (index, map) in maps.enumerated() {
            BackboneFixtures.expectEqual(map, try #require(golden["level\(index)"]), backbone.levels[index].tap)
            #expect(map.shape[3] == backbone.levels[index].channels)
        }
    }

    @Test(
        "ViT: levels, output and dense features at another grid than the learned one, frozen and trainable",
        arguments: [true, false])
    func viT(isFrozen: Bool) throws {
        let golden = try CLIPFixtures.golden("vit")
        let backbone = try CLIPFixtures.backbone(CLIPFixtures.viT)
        if isFrozen { backbone.freeze() }
        try compareLevels(backbone, Self.images, golden)
        BackboneFixtures.expectEqual(backbone.encoded(Self.images), try #require(golden["output"]), "output")
        BackboneFixtures.expectEqual(backbone.jointFeatures(Self.images), try #require(golden["dense0"]), "dense")
        #expect(backbone.space == "small" && backbone.dimension == 24)
    }

    @Test(
        "ViT: every path of the last block to dense features",
        arguments: [
            (1, CLIPViT.DensePath(pairing: .identity, residual: false, feedForward: false)),
            (2, CLIPViT.DensePath(pairing: .queryQuery, residual: true, feedForward: false)),
            (3, CLIPViT.DensePath(pairing: .keyKey, residual: false, feedForward: true)),
            (4, CLIPViT.DensePath(pairing: .valueValue, residual: true, feedForward: true)),
        ])
    func densePaths(_ number: Int, _ path: CLIPViT.DensePath) throws {
        var shape = CLIPFixtures.viT
        shape.dense = path
        let backbone = try CLIPFixtures.backbone(shape)
        let expected = try #require(try CLIPFixtures.golden("vit")["dense\(number)"])
        BackboneFixtures.expectEqual(backbone.jointFeatures(Self.images), expected, "\(path)")
    }

    @Test("GELU in place of QuickGELU, both towers")
    func gelu() throws {
        let golden = try CLIPFixtures.golden("vit")
        var (shape, text) = (CLIPFixtures.viT, CLIPFixtures.text)
        shape.activation = .gelu
        text.activation = .gelu
        let output = try CLIPFixtures.backbone(shape).encoded(Self.images)
        BackboneFixtures.expectEqual(output, try #require(golden["gelu"]), "output")
        let vectors = try CLIPFixtures.encoder(text).encoded(sequences: CLIPFixtures.texts)
        BackboneFixtures.expectEqual(vectors, try #require(golden["gelutext"]), "texts")
    }

    @Test("ResNet: levels, output and dense features, frozen and trainable", arguments: [true, false])
    func resNet(isFrozen: Bool) throws {
        let golden = try CLIPFixtures.golden("resnet")
        let backbone = try CLIPFixtures.backbone(CLIPFixtures.resNet)
        if isFrozen { backbone.freeze() }
        try compareLevels(backbone, Self.image, golden)
        BackboneFixtures.expectEqual(backbone.encoded(Self.image), try #require(golden["output"]), "output")
        BackboneFixtures.expectEqual(backbone.jointFeatures(Self.image), try #require(golden["dense0"]), "dense")
    }

    @Test("Texts of different lengths in one batch, frozen and trainable", arguments: [true, false])
    func texts(isFrozen: Bool) throws {
        let encoder = try CLIPFixtures.encoder()
        if isFrozen { encoder.freeze() }
        let expected = try #require(try CLIPFixtures.golden("vit")["text"])
        BackboneFixtures.expectEqual(encoder.encoded(sequences: CLIPFixtures.texts), expected, "texts")
        for (index, text) in CLIPFixtures.texts.enumerated() {
            let row = expected.sliced(axis: 0, from: index, count: 1)
            BackboneFixtures.expectEqual(encoder.encoded(sequences: [text]), row, "text \(index) alone")
        }
    }

    @Test("bfloat16 stays near float32")
    func bfloat16() throws {
        func expectNear(_ found: Tensor, _ expected: Tensor?, _ what: String) throws {
            #expect(found.dtype == .bfloat16)
            #expect(BackboneFixtures.relativeDistance(found, try #require(expected)) < 2e-2, "\(what)")
        }
        let cases: [(String, any ImageEncoder, Tensor)] = [
            ("vit", try CLIPFixtures.backbone(CLIPFixtures.viT, .bfloat16), Self.images),
            ("resnet", try CLIPFixtures.backbone(CLIPFixtures.resNet, .bfloat16), Self.image),
        ]
        for (name, backbone, images) in cases {
            let golden = try CLIPFixtures.golden(name)
            backbone.freeze()
            for (index, map) in backbone.features(images).enumerated() {
                try expectNear(map, golden["level\(index)"], "\(name) level \(index)")
            }
            try expectNear(backbone.encoded(images), golden["output"], "\(name) output")
            try expectNear(backbone.jointFeatures(images), golden["dense0"], "\(name) dense")
        }
        let encoder = try CLIPFixtures.encoder(CLIPFixtures.text, .bfloat16)
        encoder.freeze()
        try expectNear(encoder.encoded(sequences: CLIPFixtures.texts), try CLIPFixtures.golden("vit")["text"], "texts")
    }

    @Test("Gradients of the image towers through a whole block, the stem and the ways to the joint space")
    func imageGradients() throws {
        let cases: [(String, any ImageEncoder, Tensor, rows: Int, count: Int)] = [
            ("vit", try CLIPFixtures.backbone(CLIPFixtures.viT), Self.images, .max, 17),
            ("resnet", try CLIPFixtures.backbone(CLIPFixtures.resNet), Self.image, 4, 16),
        ]
        for (name, backbone, images, rows, count) in cases {
            let (_, gradients) = valueAndGradient {
                BackboneFixtures.loss(
                    of: backbone.features(images) + [backbone.encoded(images), backbone.jointFeatures(images)])
            }
            let golden = try CLIPFixtures.golden("\(name)-gradients")
            #expect(try CLIPFixtures.compare(gradients, of: backbone.parameters, golden, rows: rows) == count, "\(name)")
        }
    }

    @Test("Gradients of the text tower")
    func textGradients() throws {
        let encoder = try CLIPFixtures.encoder()
        let (_, gradients) = valueAndGradient {
            BackboneFixtures.loss(of: [encoder.encoded(sequences: CLIPFixtures.texts)])
        }
        let golden = try CLIPFixtures.golden("vit-gradients")
        #expect(try CLIPFixtures.compare(gradients, of: encoder.parameters, golden) == 14)
    }

    @Test("Names and shapes at full size are OpenAI's")
    func keys() throws {
        let url = try CLIPFixtures.goldens().appendingPathComponent("clip-keys.txt")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2 * CLIPText.published.count)
        for line in lines {
            let parts = line.split(separator: " ").map { String($0) }
            let parameters = try parts[1] == "image" ? imageParameters(parts[0]) : textParameters(parts[0])
            let keys = parameters.map { "\($0.path) \($0.shape.map(String.init).joined(separator: "x"))" }.sorted()
            #expect("\(keys.count) \(SHA256.hex(keys.joined(separator: "\n")))" == "\(parts[2]) \(parts[3])", "\(line)")
        }
    }

    private func imageParameters(_ name: String) throws -> [Parameter] {
        try Backbones.description(named: name).makeBackbone(ParameterScope(.loading)).parameters
    }

    private func textParameters(_ name: String) throws -> [Parameter] {
        // The merges' texts do not matter, their number does.
        let merges = "\n" + CLIPFixtures.manyMerges(49408 - 514)
        let tokenizer = CLIPTokenizer(try BytePairVocabulary(merges: Array(merges.utf8), source: "many"))
        let shape = try #require(CLIPText.published[name])
        return try CLIPTextEncoder(ParameterScope(.loading), shape, tokenizer: tokenizer).parameters
    }
}
