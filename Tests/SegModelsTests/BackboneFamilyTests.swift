internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// A family that the library does not know: three convolutions.
private struct Plain: StagedFamily {
    static let family = "test-plain"
    var width = 4
    var defaultTaps: [String] { ["conv1", "conv2"] }

    func build(_ network: inout NetworkLayout) {
        for index in 0..<3 {
            let name = "conv\(index)"
            network.convolution(
                network.scope[name], outputs: width << index, tap: name, .init(kernel: 3, stride: 2, bias: true))
        }
    }

    static func detected(in weights: WeightsIndex) -> [Plain] {
        weights.outputs(of: "conv0").map { [Plain(width: $0)] } ?? []
    }

    static let presets = [BackbonePreset("test-plain-4", fileName: "plain", Plain(), .caffe)]
}

/// A family that takes sizes of one kind only, registered under a name of its own.
private struct Patchwise: StagedFamily {
    static let family = "test-patchwise"
    var defaultTaps: [String] { ["patch"] }
    var inputRule: InputRule { InputRule(multiple: 14, minimum: 28) }

    func build(_ network: inout NetworkLayout) {
        network.convolution(network.scope["patch"], outputs: 5, tap: "patch", .init(kernel: 14, stride: 14, isPadded: false))
    }
}

/// Families are open: everything that the library does with its own works with one from outside.
@Suite("Backbone families")
struct BackboneFamilyTests {
    init() {
        BackboneFamilies.register(Plain.self)
        BackboneFamilies.register(Patchwise.self)
    }

    @Test("A registered family is described, made, loaded, listed and detected")
    func outside() throws {
        let text = """
            {"name": "mine", "network": {"family": "test-plain", "width": 6},
             "preprocessing": {"channelOrder": "bgr", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}}
            """
        let description = try BackboneDescription(json: Data(text.utf8), source: "mine.json")
        #expect(description.network == NetworkConfiguration(Plain(width: 6)))
        #expect(try BackboneDescription(json: description.json(), source: "again") == description)
        let backbone = try description.makeBackbone()
        #expect(backbone.levels == [.init(tap: "conv1", channels: 12, stride: 4), .init(tap: "conv2", channels: 24, stride: 8)])
        #expect(backbone.features(BackboneFixtures.formulaImages(1, 24, 16)).map(\.shape) == [[1, 6, 4, 12], [1, 3, 2, 24]])
        #expect(Backbones.names.contains("test-plain-4"))
        #expect(BackboneFamilies.networks(fitting: WeightsIndex(backbone)) == [description.network])
        let four = try Backbones.description(named: "test-plain-4").makeBackbone()
        #expect(Backbones.names(fitting: WeightsIndex(four)) == ["test-plain-4"])
    }

    @Test("A network for BGR pixels sees what its twin for turned weights sees, whatever its first stage")
    func channelOrder() throws {
        let images = BackboneFixtures.formulaImages(1, 16, 16)
        let plain = Preprocessing(channelOrder: .rgb, scale: 1, mean: [0, 0, 0], std: [1, 1, 1])
        var turned = plain
        turned.channelOrder = .bgr
        let bgr = try StagedNetwork(ParameterScope(seed: 2), Plain(), BackboneSettings(name: "bgr", preprocessing: turned))
        let rgb = try StagedNetwork(ParameterScope(seed: 2), Plain(), BackboneSettings(name: "rgb", preprocessing: plain))
        for (a, b) in zip(bgr.features(images), rgb.features(images.flipped(axes: [3]))) {
            BackboneFixtures.expectEqual(a, b, "level", tolerance: 1e-5)
        }
    }

    private static let presets = Backbones.names.filter { !$0.hasPrefix("test-") }

    @Test("Presets are told by the names and shapes of their tensors, and have three levels", arguments: presets)
    func detection(_ name: String) throws {
        let description = try Backbones.description(named: name)
        let backbone = try description.makeBackbone(ParameterScope(.loading))
        #expect(backbone.levels.count == 3)
        let index = WeightsIndex(backbone)
        #expect(BackboneFamilies.networks(fitting: index).contains(description.network))
        #expect(Backbones.names(fitting: index).contains(name))
    }

    @Test("Networks off the published sizes are told, too", arguments: BackboneParityTests.cases)
    func unusual(_ example: BackboneParityTests.Case) throws {
        let networks = BackboneFamilies.networks(fitting: WeightsIndex(try example.backbone()))
        #expect(networks.contains(example.network), "\(networks)")
    }

    @Test("Files with a tensor too many, too few or of another shape are of no network")
    func nearMisses() throws {
        let whole = try BackboneParityTests.cases[0].backbone().stateDict()
        var more = whole
        more["layer5.weight"] = Tensor(zeros: [1])
        var fewer = whole
        fewer["layer4.0.bn1.bias"] = nil
        var other = whole
        other["layer4.0.bn1.bias"] = Tensor(zeros: [3])
        for state in [more, fewer, other, StateDict()] {
            #expect(BackboneFamilies.networks(fitting: WeightsIndex(state)).isEmpty)
        }
        var counted = whole
        counted["bn1.num_batches_tracked"] = Tensor(zeros: [])
        #expect(!BackboneFamilies.networks(fitting: WeightsIndex(counted)).isEmpty)
    }

    @Test("Registering a name again replaces the family; tasks may register at once")
    func registry() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { BackboneFamilies.register(Plain.self) } }
        }
        #expect(BackboneFamilies.all.filter { $0.family == "test-plain" }.count == 1)
        #expect(BackboneFamilies.family(named: "resnet") != nil)
    }

    @Test("Descriptions of the first format decode")
    func oldDescriptions() throws {
        let text = """
            {"name": "resnet-tiny", "network": {"block": "basic", "blocks": [2, 2, 3], "family": "resnet",
             "stridePlacement": "conv2", "width": 32}, "preprocessing": {"channelOrder": "rgb", "mean": [0.5, 0.5, 0.5],
             "scale": 0.004, "std": [0.2, 0.2, 0.2]}}
            """
        let description = try BackboneDescription(json: Data(text.utf8), source: "old")
        #expect(description.network == .resNet(.tiny()))
    }

    @Test("The least legal size gives maps, a backbone says its rule", arguments: BackboneParityTests.cases)
    func minimum(_ example: BackboneParityTests.Case) throws {
        let backbone = try example.backbone()
        backbone.freeze()
        let side = backbone.inputRule.minimum
        let maps = backbone.features(BackboneFixtures.formulaImages(1, side, side))
        #expect(maps.allSatisfy { $0.count > 0 && $0.scalars.allSatisfy(\.isFinite) })
    }

    @Test("Input rules round to the nearest legal size")
    func inputRule() throws {
        let patches = try Patchwise().makeBackbone(ParameterScope(), BackboneSettings(name: "patches"))
        let rule = patches.inputRule
        let sides = [(-5, 28), (0, 28), (28, 28), (34, 28), (35, 42), (42, 42), (224, 224), (240, 238), (245, 252)]
        for (wished, legal) in sides { #expect(rule.side(near: wished) == legal, "\(wished)") }
        #expect(rule.size(near: [240, 300]) == Size2D(height: 238, width: 294))
        #expect(patches.features(BackboneFixtures.formulaImages(1, 42, 28))[0].shape == [1, 3, 2, 5])
        #expect(InputRule().size(near: [7, 9]) == Size2D(height: 7, width: 9))
        let bounded = InputRule(multiple: 16, minimum: 20, maximum: 100)
        #expect(bounded.side(near: 3) == 32 && bounded.side(near: 500) == 96 && bounded.side(near: .max) == 96)
        #expect(bounded.problem(of: [32, 64]) == nil)
        #expect(bounded.problem(of: [32, 65])?.contains("32x64") == true)
    }
}
