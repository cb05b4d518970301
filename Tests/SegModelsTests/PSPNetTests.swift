internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("PSPNet")
struct PSPNetTests {
    private static let images = BackboneFixtures.formulaImages(3, 41, 57)
    private static let description = BackboneDescription(
        name: "narrow",
        network: .resNet(
            ResNet(block: .bottleneck, blocks: [1, 1, 2, 1], width: 8, stem: .deep, dilations: [1, 1, 2, 4])),
        preprocessing: .torchvision, taps: ["layer3.1", "layer4.0"])

    private struct Pair {
        var network: PSPNet
        var classifier: PixelClassifier

        init(_ rule: PixelClassifier.Rule = .linear) throws {
            var shape = PSPNetConfiguration()
            (shape.width, shape.auxiliaryWidth) = (16, 8)
            let scope = ParameterScope()
            network = try PSPNet(scope, shape, backbone: description)
            classifier = PixelClassifier(scope["classifier"], channels: 16, classes: 5, rule: rule)
            for parameter in scope.parameters {
                parameter.value = BackboneFixtures.formulaTensor(parameter.path, parameter.shape)
            }
        }

        var parameters: [Parameter] { network.parameters }
    }

    private static func golden(_ name: String) throws -> StateDict {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        return try Safetensors.load(contentsOf: folder.appendingPathComponent("pspnet-\(name).safetensors"))
    }

    @Test("Maps, scores and gradients are semseg's", arguments: ["evaluation", "training"])
    func parity(_ name: String) throws {
        let golden = try Self.golden(name)
        let train = name == "training"
        let pair = try Pair()
        var found: [(String, Tensor)] = []
        let (_, gradients) = valueAndGradient {
            let levels = pair.network.backbone.features(Self.images, train: train)
            let maps = pair.network.maps(of: levels, train: train)
            let logits = pair.classifier(maps.main)
            found = [("main", maps.main), ("logits", logits)] + (maps.auxiliary.map { [("auxiliary", $0)] } ?? [])
            return BackboneFixtures.loss(of: [maps.main, maps.auxiliary, logits].compactMap { $0 })
        }
        #expect(found.count == (train ? 3 : 2))
        for (key, map) in found { BackboneFixtures.expectEqual(map, try #require(golden[key]), key) }
        guard train else { return }
        for key in golden.names where key.hasPrefix("gradient.") {
            let path = String(key.dropFirst("gradient.".count))
            let parameter = try #require(pair.parameters.first { $0.path == path }, "\(path)")
            BackboneFixtures.expectEqual(try #require(gradients[parameter]), try #require(golden[key]), path, tolerance: 1e-3)
        }
        for key in ["cls.1.running_mean", "ppm.features.0.2.running_var"] {
            let buffer = try #require(pair.parameters.first { $0.path == key })
            BackboneFixtures.expectEqual(buffer.value, try #require(golden[key]), key)
        }
    }

    @Test("A frozen network, folded, is the same; cosines are those of prototypes")
    func frozen() throws {
        let golden = try Self.golden("evaluation")
        let pair = try Pair(.cosine(scale: 10))
        pair.network.freeze()
        let maps = pair.network.maps(Self.images)
        BackboneFixtures.expectEqual(maps.main, try #require(golden["main"]), "main")
        BackboneFixtures.expectEqual(pair.classifier(maps.main), try #require(golden["cosine"]), "cosine")
    }

    @Test("Dropout drops whole channels, keeps the mean, and follows its source")
    func dropout() throws {
        var shape = PSPNetConfiguration()
        shape.dropout = 0.25
        let network = try PSPNet(ParameterScope(), shape, backbone: Self.description)
        let map = Tensor(ones: [4, 3, 5, 1000])
        var (first, second) = (TorchRandom(seed: 3), TorchRandom(seed: 3))
        let dropped = network.dropped(map, &first)
        #expect(dropped.scalars == network.dropped(map, &second).scalars)
        let values = Set(dropped.scalars)
        #expect(values == [0, 1 / (1 - 0.25)])
        let channels = dropped.mean(axes: [1, 2]).scalars
        #expect(channels.allSatisfy { values.contains($0) })
        #expect(abs(dropped.mean().scalar - 1) < 0.05)
    }

    @Test("Numbers out of range are refused by name")
    func ranges() {
        var shape = PSPNetConfiguration()
        shape.bins = []
        #expect(throws: ConfigurationError.self) { try PSPNet(ParameterScope(), shape, backbone: Self.description) }
    }
}
