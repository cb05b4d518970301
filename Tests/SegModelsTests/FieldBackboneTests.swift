internal import SegModels
internal import TensorCore
internal import Testing

/// Convolutional networks as few-shot papers use them: PFENet's ResNet, HSNet's maps before the ReLU, VGG with its classifier.
@Suite("Backbones of few-shot papers")
struct FieldBackboneTests {
    private static let bottleneck = ResNet(block: .bottleneck, blocks: [1, 1, 2, 1], width: 8, classes: 7)

    private static func vgg(ceil: Bool) -> VGG {
        VGG(groups: [[4, 4], [8, 8], [8, 8], [8, 8], [8, 8]], classes: 3, hidden: 10, ceilMode: ceil ? true : nil)
    }

    static let cases: [TransformerParityTests.Case] = [
        .init(
            golden: "resnet-deep",
            network: .resNet(
                ResNet(
                    block: .bottleneck, blocks: [1, 1, 2, 1], width: 8, classes: 7, stem: .deep, dilations: [1, 1, 2, 4])),
            images: (1, 49, 65), taps: ["layer2.0", "layer3.0", "layer3.1", "layer4.0"], gradients: 3),
        .init(
            golden: "resnet-before", network: .resNet(bottleneck), images: (1, 65, 97),
            taps: ["layer2.0", "layer3.0", "layer3.1", "layer4.0"].map { $0 + ".preactivation" } + ["layer4.0"]),
        .init(
            golden: "vgg-classifier", network: .vgg(vgg(ceil: false)), images: (1, 70, 101),
            taps: [
                "features.17.preactivation", "features.19", "features.20.preactivation", "features.22.preactivation",
                "features.24",
            ], gradients: 3),
        .init(
            golden: "vgg-ceil", network: .vgg(vgg(ceil: true)), images: (1, 70, 101),
            taps: [
                "features.17.preactivation", "features.19", "features.20.preactivation", "features.22.preactivation",
                "features.24",
            ]),
    ]

    private static func backbone(
        _ example: TransformerParityTests.Case, _ precision: Precision = .float32
    ) throws -> any Backbone {
        let description = BackboneDescription(
            name: example.golden, network: example.network, preprocessing: .torchvision, taps: example.taps)
        let backbone = try description.makeBackbone(precision: precision)
        try backbone.load(BackboneFixtures.formulaState(of: backbone))
        return backbone
    }

    @Test("Levels and classifier, folded and not", arguments: cases)
    func levels(_ example: TransformerParityTests.Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try Self.backbone(example)
        for isFrozen in [false, true] {
            if isFrozen { backbone.freeze() }
            let maps = backbone.features(example.pixels)
            #expect(maps.count == example.taps.count)
            for (index, map) in maps.enumerated() {
                BackboneFixtures.expectEqual(map, try #require(golden["level\(index)"]), example.taps[index])
            }
        }
        guard let expected = golden["logits"] else { return }
        let classifier = try #require(backbone as? any ImageClassifier)
        BackboneFixtures.expectEqual(classifier.logits(example.pixels), expected, "logits")
    }

    @Test("bfloat16 stays near float32", arguments: cases)
    func bfloat16(_ example: TransformerParityTests.Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try Self.backbone(example, .bfloat16)
        backbone.freeze()
        for (index, map) in backbone.features(example.pixels).enumerated() {
            let distance = BackboneFixtures.relativeDistance(map, try #require(golden["level\(index)"]))
            #expect(distance < 2e-2, "\(example.taps[index])")
        }
    }

    @Test("Gradients through a dilated layer, a deep stem and groups of VGG", arguments: cases.filter { $0.gradients > 0 })
    func gradients(_ example: TransformerParityTests.Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try Self.backbone(example)
        let (_, gradients) = valueAndGradient { BackboneFixtures.loss(of: backbone.features(example.pixels)) }
        let wanted = golden.names.filter { $0.hasPrefix("gradient.") }
        #expect(wanted.count == example.gradients)
        for name in wanted {
            let path = String(name.dropFirst("gradient.".count))
            let parameter = try #require(backbone.parameters.first { $0.path == path })
            BackboneFixtures.expectEqual(try #require(gradients[parameter]), try #require(golden[name]), path, tolerance: 5e-4)
        }
    }

    @Test("Names and shapes tell the network", arguments: cases)
    func detection(_ example: TransformerParityTests.Case) throws {
        let networks = BackboneFamilies.networks(fitting: WeightsIndex(try Self.backbone(example)))
        #expect(networks.contains(example.network), "\(networks)")
    }

    @Test("A map before the ReLU, rectified, is the map after it; both may be levels")
    func bothSides() throws {
        var example = Self.cases[1]
        example.taps = ["layer3.0.preactivation", "layer3.0", "layer3.1"]
        let backbone = try Self.backbone(example)
        backbone.freeze()
        let maps = backbone.features(example.pixels)
        #expect(maps[0].scalars.contains { $0 < 0 })
        #expect(maps[0].relu().scalars == maps[1].scalars)
    }

    @Test("Dilations must be as many as layers, heads divide channels")
    func refused() {
        let resNet = ResNet(block: .basic, blocks: [1, 1, 1], width: 4, dilations: [1, 2])
        let swin = Swin(width: 6, blocks: [1, 1], heads: [4, 4])
        let dino = DINOv3(width: 12, depth: 3, heads: 2)
        for (network, key) in [
            (NetworkConfiguration(resNet), "dilations"), (NetworkConfiguration(swin), "heads"),
            (NetworkConfiguration(dino), "heads"),
        ] {
            let description = BackboneDescription(name: "x", network: network, preprocessing: .torchvision)
            let error = #expect(throws: BackboneError.self) { try description.makeBackbone() }
            #expect(error.map { "\($0)" }?.contains(key) == true)
        }
    }
}
