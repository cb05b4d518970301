internal import SegModels
internal import TensorCore
internal import Testing

/// Small networks against torchvision: every level, the classifier, gradients.
@Suite("Backbone parity with torchvision")
struct BackboneParityTests {
    /// A network of the script, under the name of its golden.
    struct Case: Sendable, CustomTestStringConvertible {
        var golden: String
        var network: NetworkConfiguration
        var preprocessing: Preprocessing = .torchvision
        var images: (Int, Int, Int)
        /// The parameters whose gradients the golden has.
        var gradients = 0
        /// The relative distance that bfloat16 may cause at the deepest level.
        var bfloat16Tolerance: Float = 2e-2

        var testDescription: String { golden }

        func backbone(_ precision: Precision = .float32) throws -> any Backbone {
            let description = BackboneDescription(name: golden, network: network, preprocessing: preprocessing)
            let backbone = try description.makeBackbone(precision: precision)
            try backbone.load(BackboneFixtures.formulaState(of: backbone))
            return backbone
        }

        var pixels: Tensor { BackboneFixtures.formulaImages(images.0, images.1, images.2) }
    }

    static let cases: [Case] = [
        Case(
            golden: "resnet-bottleneck",
            network: .resNet(ResNet(block: .bottleneck, blocks: [1, 1, 2, 1], width: 8, classes: 7)),
            images: (2, 65, 97), gradients: 4),
        Case(
            golden: "resnet-v1-bgr",
            network: .resNet(
                ResNet(
                    block: .bottleneck, blocks: [1, 1, 2, 1], width: 8, stridePlacement: .conv1, classes: 7)),
            preprocessing: .caffe, images: (1, 70, 66), gradients: 1),
        Case(
            golden: "squeezenet1_0", network: .squeezeNet(SqueezeNet(version: .v1_0, classes: 5)),
            preprocessing: .caffeRounded, images: (1, 52, 65), gradients: 2),
        Case(
            golden: "squeezenet1_1", network: .squeezeNet(SqueezeNet(version: .v1_1, classes: 5)),
            preprocessing: .caffe, images: (1, 53, 66), gradients: 1),
        Case(
            golden: "mobilenet_v2", network: .mobileNetV2(MobileNetV2(widthMultiplier: 0.25, classes: 5)),
            images: (1, 65, 98), gradients: 3, bfloat16Tolerance: 0.1),
        Case(
            golden: "mobilenet_v2-tensorflow",
            network: .mobileNetV2(MobileNetV2(padding: .tensorFlow, widthMultiplier: 0.25, classes: 5)),
            preprocessing: .tensorFlow, images: (1, 66, 99), bfloat16Tolerance: 0.1),
        Case(
            golden: "densenet",
            network: .denseNet(
                DenseNet(
                    blocks: [2, 2, 4, 2], growthRate: 8, stemChannels: 16, bottleneckFactor: 2, classes: 5)),
            images: (1, 65, 98), gradients: 3),
        Case(golden: "vgg", network: .vgg(Self.smallVGG(false)), images: (1, 64, 80)),
        Case(golden: "vgg_bn", network: .vgg(Self.smallVGG(true)), images: (1, 64, 80)),
    ]

    private static func smallVGG(_ usesBatchNorm: Bool) -> VGG {
        VGG(groups: [[4, 4], [8, 8], [8, 8], [16, 16], [16, 16]], usesBatchNorm: usesBatchNorm)
    }

    @Test("Frozen: levels, classifier", arguments: cases)
    func frozen(_ example: Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try example.backbone()
        backbone.freeze()
        let maps = backbone.features(example.pixels)
        #expect(maps.count == 3)
        for (index, map) in maps.enumerated() {
            BackboneFixtures.expectEqual(map, try #require(golden["level\(index)"]), backbone.levels[index].tap)
            #expect(map.shape[3] == backbone.levels[index].channels)
        }
        let classifier = try #require(backbone as? any ImageClassifier)
        guard classifier.classCount != nil else { return }
        let expected = try #require(golden["logits"])
        BackboneFixtures.expectEqual(classifier.logits(example.pixels), expected, "logits")
    }

    @Test("Trainable: the same levels without folding, and gradients", arguments: cases)
    func trainable(_ example: Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try example.backbone()
        let (value, gradients) = try valueAndGradient {
            let maps = backbone.features(example.pixels)
            for (index, map) in maps.enumerated() {
                let expected = try #require(golden["level\(index)"])
                BackboneFixtures.expectEqual(map, expected, backbone.levels[index].tap)
            }
            return BackboneFixtures.loss(of: maps)
        }
        #expect(value.scalar.isFinite)
        let wanted = golden.names.filter { $0.hasPrefix("gradient.") }
        #expect(wanted.count == example.gradients)
        for name in wanted {
            let path = String(name.dropFirst("gradient.".count))
            let parameter = try #require(backbone.parameters.first { $0.path == path })
            let gradient = try #require(gradients[parameter], "\(path) has no gradient")
            BackboneFixtures.expectEqual(gradient, try #require(golden[name]), path, tolerance: 5e-4)
        }
    }

    /// Forty narrow random layers amplify rounding in MobileNetV2: PyTorch's own bfloat16 run is 0.12 away there.
    @Test("bfloat16 stays near float32", arguments: cases)
    func bfloat16(_ example: Case) throws {
        let golden = try BackboneFixtures.golden(example.golden)
        let backbone = try example.backbone(.bfloat16)
        backbone.freeze()
        for (index, map) in backbone.features(example.pixels).enumerated() {
            #expect(map.dtype == .bfloat16)
            let distance = BackboneFixtures.relativeDistance(map, try #require(golden["level\(index)"]))
            #expect(distance < example.bfloat16Tolerance, "\(backbone.levels[index].tap)")
        }
    }

    @Test("Training: batch statistics, all gradients, moved running statistics")
    func training() throws {
        let golden = try BackboneFixtures.golden("resnet-tiny-train")
        let configuration = ResNet(block: .basic, blocks: [1, 1, 2, 1], width: 8, classes: 7)
        let backbone = try StagedNetwork(ParameterScope(), configuration, BackboneSettings(name: "tiny"))
        try backbone.load(BackboneFixtures.formulaState(of: backbone))
        let images = BackboneFixtures.formulaImages(3, 66, 64)
        let (_, gradients) = try valueAndGradient {
            let maps = backbone.features(images, train: true)
            for (index, map) in maps.enumerated() {
                let expected = try #require(golden["level\(index)"])
                BackboneFixtures.expectEqual(map, expected, backbone.levels[index].tap)
            }
            return BackboneFixtures.loss(of: maps)
        }
        var compared = 0
        for parameter in backbone.parameters {
            if let expected = golden["after." + parameter.path] {
                BackboneFixtures.expectEqual(parameter.value, expected, parameter.path)
                compared += 1
            }
            guard let expected = golden["gradient." + parameter.path] else { continue }
            let gradient = try #require(gradients[parameter], "\(parameter.path) has no gradient")
            BackboneFixtures.expectEqual(gradient, expected, parameter.path, tolerance: 1e-3)
            compared += 1
        }
        #expect(compared > 40 && compared == golden.count - backbone.levels.count)
    }
}
