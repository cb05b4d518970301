internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// What holds for every backbone.
@Suite("Backbones")
struct BackboneTests {
    /// Names and shapes as `Scripts/goldens/backbones.py` lists them: whole or as a digest.
    @Test("State dicts have torchvision's names and shapes")
    func keys() throws {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        let text = try String(contentsOf: folder.appendingPathComponent("backbone-keys.txt"), encoding: .utf8)
        var expected: [String: (count: Int, digest: String, keys: [String])] = [:]
        var current = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                let fields = line.split(separator: " ")
                current = String(fields[1])
                expected[current] = (try #require(Int(fields[2])), String(fields[3]), [])
            } else {
                expected[current]?.keys.append(String(line))
            }
        }
        #expect(expected.count == 12)
        for (name, golden) in expected {
            let description = try Backbones.description(named: name + "-torchvision")
            let backbone = try description.makeBackbone()
            let keys = backbone.parameters.map { "\($0.path) \($0.shape.map(String.init).joined(separator: "x"))" }.sorted()
            if !golden.keys.isEmpty { #expect(keys == golden.keys, "\(name)") }
            #expect(keys.count == golden.count, "\(name)")
            #expect(SHA256.hex(keys.joined(separator: "\n")) == golden.digest, "\(name)")
        }
    }

    @Test("Stated strides and channels are those of the maps", arguments: BackboneParityTests.cases)
    func levels(_ example: BackboneParityTests.Case) throws {
        let backbone = try example.backbone()
        backbone.freeze()
        let maps = backbone.features(BackboneFixtures.formulaImages(1, 128, 160))
        #expect(maps.count == 3 && backbone.levels.count == 3)
        for (map, level) in zip(maps, backbone.levels) {
            #expect(map.shape[3] == level.channels)
            #expect(abs(map.shape[1] - 128 / level.stride) <= 1 && abs(map.shape[2] - 160 / level.stride) <= 1)
        }
    }

    @Test("uint8 and float pixels give the same maps; gradients reach the pixels of a frozen network")
    func pixelTypes() throws {
        let backbone = try BackboneParityTests.cases[1].backbone()
        backbone.freeze()
        let bytes = BackboneFixtures.formulaImages(1, 48, 64)
        let floats = bytes.converted(to: .float32)
        for (a, b) in zip(backbone.features(bytes), backbone.features(floats)) { #expect(a.scalars == b.scalars) }
        let leaf = floats.requiringGradient()
        let (_, gradients) = valueAndGradient { BackboneFixtures.loss(of: backbone.features(leaf)) }
        let gradient = try #require(gradients[leaf])
        #expect(gradient.shape == floats.shape && gradient.norm().scalar > 0)
    }

    @Test("Folded weights follow the parameters")
    func refolding() throws {
        let backbone = try BackboneParityTests.cases[0].backbone()
        backbone.freeze()
        let images = BackboneFixtures.formulaImages(1, 48, 64)
        let before = backbone.features(images)[2]
        var state = backbone.stateDict()
        let norm = try #require(state["layer3.1.bn3.bias"])
        state["layer3.1.bn3.bias"] = norm + 1
        try backbone.load(state)
        let after = backbone.features(images)[2]
        #expect(after.scalars != before.scalars)
        state["layer3.1.bn3.bias"] = norm
        try backbone.load(state)
        #expect(backbone.features(images)[2].scalars == before.scalars)
    }

    @Test("Preprocessing equals its definition")
    func preprocessing() {
        let images = Tensor([10, 20, 250] as [UInt8], shape: [1, 1, 1, 3])
        let caffe = Preprocessing.caffe(images).scalars
        let expected: [Float] = [250 - 103.939, 20 - 116.779, 10 - 123.68]
        for (a, b) in zip(caffe, expected) { #expect(abs(a - b) < 1e-4) }
        let torchvision = Preprocessing.torchvision(images).scalars
        #expect(abs(torchvision[2] - (250 / 255 - 0.406) / 0.225) < 1e-5)
        let tensorFlow = Preprocessing.tensorFlow(images).scalars
        #expect(abs(tensorFlow[0] - (10 / 127.5 - 1)) < 1e-6)
    }

    @Test("The tiny network stays below 6 MB")
    func tinySize() throws {
        let backbone = try StagedNetwork(ParameterScope(), ResNet.tiny(classes: 20), BackboneSettings(name: "tiny"))
        let scalars = backbone.parameters.reduce(0) { $0 + $1.shape.elementCount }
        #expect(scalars * 4 < 6_000_000)
        #expect(backbone.levels.map(\.stride) == [8, 16, 16])
        #expect(backbone.logits(BackboneFixtures.formulaImages(2, 64, 64)).shape == [2, 20])
    }

    @Test("Four tasks share one network")
    func concurrency() async throws {
        let backbone = try BackboneParityTests.cases[0].backbone()
        backbone.freeze()
        let expected = try BackboneParityTests.cases[0].backbone()
        expected.freeze()
        let images = BackboneFixtures.formulaImages(1, 48, 64)
        let reference = expected.features(images)[2].scalars
        let results = await withTaskGroup(of: [Float].self) { group in
            for _ in 0..<4 { group.addTask { backbone.features(images)[2].scalars } }
            return await group.reduce(into: [[Float]]()) { $0.append($1) }
        }
        #expect(results.allSatisfy { $0 == reference })
    }
}
