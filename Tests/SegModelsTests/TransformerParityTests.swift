internal import SegModels
internal import TensorCore
internal import Testing

/// DINOv2, DINOv3 and Swin, loaded from files under their publishers' names, against transformers, timm and torchvision.
@Suite("Transformer backbones against their references")
struct TransformerParityTests {
    /// A network of the script, under the name of its golden.
    struct Case: Sendable, CustomTestStringConvertible {
        var golden: String
        var network: NetworkConfiguration
        var images: (Int, Int, Int)
        var taps: [String]
        var gradients = 0

        var testDescription: String { golden }
        var pixels: Tensor { BackboneFixtures.formulaImages(images.0, images.1, images.2) }

        func backbone(_ golden: StateDict, _ precision: Precision = .float32) throws -> any Backbone {
            try TransformerFixtures.backbone(self.golden, golden, network, taps: taps, precision)
        }
    }

    private static func dinoTaps(_ depth: Int) -> [String] {
        (0..<depth).map { "blocks.\($0)" } + ["blocks.\(depth - 1).norm"]
    }

    private static func dino2(
        _ golden: String, _ images: (Int, Int, Int), grid: Int = 8, registers: Int? = nil, depth: Int = 4, hidden: Int? = nil,
        offset: Double? = nil, gradients: Int = 0
    ) -> Case {
        let network = DINOv2(
            width: 32, depth: depth, heads: 4, grid: grid, registers: registers, hidden: hidden,
            isGated: hidden.map { _ in true },
            positionOffset: offset, positionAntialias: registers.map { _ in true })
        return Case(golden: golden, network: .dinoV2(network), images: images, taps: dinoTaps(depth), gradients: gradients)
    }

    private static func dino3(_ golden: String, _ images: (Int, Int, Int), hidden: Int? = nil, gradients: Int = 0) -> Case {
        let network = DINOv3(
            width: 32, depth: 4, heads: 4, registers: 3, hidden: hidden, isGated: hidden.map { _ in true })
        return Case(golden: golden, network: .dinoV3(network), images: images, taps: dinoTaps(4), gradients: gradients)
    }

    private static func swin(
        _ golden: String, _ images: (Int, Int, Int), window: Int, _ order: Swin.PaddingOrder, gradients: Int = 0
    ) -> Case {
        let network = Swin(
            width: 16, blocks: [2, 2, 2], heads: [2, 4, 4], window: window, paddingOrder: order, classes: 5)
        let taps = (0..<3).flatMap { stage in (0..<2).map { "layers.\(stage).blocks.\($0)" } } + ["norm"]
        return Case(golden: golden, network: .swin(network), images: images, taps: taps, gradients: gradients)
    }

    static let cases: [Case] = [
        dino2("dinov2-hf4", (2, 70, 98), grid: 4),
        dino2("dinov2-hf5", (1, 70, 42), grid: 4),
        dino2("dinov2-registers-hf4", (1, 70, 98), registers: 3),
        dino2("dinov2-meta", (1, 70, 140), offset: 0.1, gradients: 10),
        dino2("dinov2-registers-meta", (1, 56, 140), registers: 3, gradients: 2),
        dino2("dinov2-gated-meta", (1, 112, 112), depth: 3, hidden: 88, offset: 0.1, gradients: 2),
        dino3("dinov3-hf4", (2, 80, 112)),
        dino3("dinov3-hf5", (1, 48, 80)),
        dino3("dinov3-gated-hf4", (1, 48, 80), hidden: 48),
        dino3("dinov3-meta", (1, 96, 64), gradients: 10),
        dino3("dinov3-gated-meta", (1, 48, 64), hidden: 48),
        swin("swin-torchvision", (1, 52, 60), window: 4, .padThenShift, gradients: 5),
        swin("swin-timm", (1, 52, 60), window: 3, .shiftThenPad, gradients: 3),
        swin("swin-microsoft", (2, 64, 96), window: 4, .shiftThenPad),
    ]

    @Test("Levels, the normalised output and the classifier", arguments: cases)
    func levels(_ example: Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try example.backbone(golden)
        let maps = backbone.features(example.pixels)
        #expect(maps.count == example.taps.count && golden["level\(maps.count)"] == nil)
        for (index, map) in maps.enumerated() {
            let tap = backbone.levels[index].tap
            BackboneFixtures.expectEqual(map, try #require(golden["level\(index)"]), tap)
        }
        guard let expected = golden["logits"] else { return }
        let classifier = try #require(backbone as? any ImageClassifier)
        BackboneFixtures.expectEqual(classifier.logits(example.pixels), expected, "logits")
    }

    @Test("bfloat16 stays near float32", arguments: cases)
    func bfloat16(_ example: Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try example.backbone(golden, .bfloat16)
        for (index, map) in backbone.features(example.pixels).enumerated() {
            #expect(map.dtype == .bfloat16)
            let distance = BackboneFixtures.relativeDistance(map, try #require(golden["level\(index)"]))
            #expect(distance < 2e-2, "\(backbone.levels[index].tap)")
        }
    }

    @Test("Gradients through a block, positions and tokens", arguments: cases.filter { $0.gradients > 0 })
    func gradients(_ example: Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try example.backbone(golden)
        backbone.unfreeze()
        let (_, gradients) = valueAndGradient { BackboneFixtures.loss(of: backbone.features(example.pixels)) }
        let wanted = golden.names.filter { $0.hasPrefix("gradient.") }
        #expect(wanted.count == example.gradients)
        for name in wanted {
            let path = String(name.dropFirst("gradient.".count))
            let parameter = try #require(backbone.parameters.first { $0.path == path }, "\(path)")
            let gradient = try #require(gradients[parameter], "\(path) has no gradient")
            BackboneFixtures.expectEqual(gradient, try #require(golden[name]), path, tolerance: 1e-3)
        }
    }

    @Test("A file is told by names and shapes, whoever published it", arguments: cases)
    func detection(_ example: Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let found = BackboneFamilies.networks(fitting: WeightsIndex(try TransformerFixtures.published(golden)))
        // Names and shapes do not tell the heads of DINO, which publishes heads of 64 only.
        let expected = example.network.family == "swin" ? example.network : Self.withOneHead(example.network)
        #expect(found.first == expected, "\(found)")
    }

    private static func withOneHead(_ network: NetworkConfiguration) -> NetworkConfiguration {
        if var shape = network.shape as? DINOv2 {
            shape.heads = 1
            return .dinoV2(shape)
        }
        guard var shape = network.shape as? DINOv3 else { return network }
        shape.heads = 1
        return .dinoV3(shape)
    }
}
