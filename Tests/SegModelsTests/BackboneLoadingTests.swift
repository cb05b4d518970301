internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Descriptions, names and errors.
@Suite("Loading backbones")
struct BackboneLoadingTests {
    private static let tiny = BackboneDescription(
        name: "tiny", network: .resNet(.tiny(width: 4, blocks: [1, 1, 2])), preprocessing: .torchvision)

    /// Runs `body` with a folder that is gone afterwards.
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("backbones-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test("A description beside the weights is found, and one inside them")
    func descriptions() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("weights.safetensors")
            let backbone = try Self.tiny.makeBackbone(ParameterScope(seed: 3))
            var state = backbone.stateDict()
            state["bn1.num_batches_tracked"] = Tensor([Int64(7)], shape: [])
            try Safetensors.save(state, to: file)
            #expect(throws: BackboneError.self) { try Backbones.load(weights: file) }

            let json = folder.appendingPathComponent("weights.json")
            try Self.tiny.json().write(to: json)
            let beside = try Backbones.load(weights: file)
            #expect(beside.description == Self.tiny)
            #expect(beside.backbone.name == "tiny")
            let image = BackboneFixtures.formulaImages(1, 40, 48)
            backbone.freeze()
            for (a, b) in zip(beside.backbone.features(image), backbone.features(image)) { #expect(a.scalars == b.scalars) }

            try FileManager.default.removeItem(at: json)
            state.metadata[Backbones.metadataKey] = String(decoding: try Self.tiny.json(), as: UTF8.self)
            try Safetensors.save(state, to: file)
            let inside = try Backbones.load(weights: file)
            #expect(inside.description == Self.tiny)
            #expect(inside.weightsSHA256 != beside.weightsSHA256)
        }
    }

    @Test("Every built-in description survives JSON and names three taps", arguments: Backbones.names)
    func builtIn(_ name: String) throws {
        let description = try Backbones.description(named: name)
        #expect(try BackboneDescription(json: description.json(), source: name) == description)
        #expect(description.name == name)
        #expect(try Backbones.fileName(of: name).hasSuffix(".safetensors"))
    }

    @Test("Weights that do not fit are refused with every name and a hint")
    func strictness() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("weights.safetensors")
            try Safetensors.save(try Self.tiny.makeBackbone().stateDict(), to: file)
            var wanted = Self.tiny
            wanted.network = .resNet(.tiny(width: 4, blocks: [1, 1, 2, 1], classes: 5))
            let error = #expect(throws: BackboneError.self) {
                try Backbones.load(description: wanted, weights: file)
            }
            guard case .doesNotFit(_, let backbone, let report, let hint) = error else {
                Issue.record("expected doesNotFit, found \(String(describing: error))")
                return
            }
            #expect(backbone == "tiny")
            #expect(report.missing.contains("layer4.0.conv1.weight") && report.missing.contains("fc.bias"))
            #expect(hint?.contains(#""blocks":[1,1,2]"#) == true)
            #expect(hint?.hasSuffix("differs in blocks, classes") == true)

            wanted.network = .resNet(.tiny(width: 4, blocks: [1, 1]))
            wanted.taps = ["bn1", "layer1.0", "layer2.0"]
            let shorter = #expect(throws: BackboneError.self) {
                try Backbones.load(description: wanted, weights: file)
            }
            #expect(shorter.map { "\($0)" }?.contains("differs in blocks") == true)

            wanted.network = .resNet(.tiny(width: 8, blocks: [1, 1, 2]))
            wanted.taps = nil
            let wider = #expect(throws: BackboneError.self) {
                try Backbones.load(description: wanted, weights: file)
            }
            #expect(wider.map { "\($0)" }?.contains("conv1.weight (found [4, 3, 7, 7], expected [8, 3, 7, 7])") == true)
        }
    }

    @Test("Unknown names, missing files and damaged files are errors that say so")
    func errors() throws {
        let nowhere = URL(fileURLWithPath: "/nonexistent/weights.safetensors")
        let unknown = #expect(throws: BackboneError.self) { try Backbones.load(name: "resnet5", weights: nowhere) }
        #expect(unknown.map { "\($0)" }?.contains("resnet50-v1-caffe") == true)
        let missing = #expect(throws: BackboneError.self) { try Backbones.load(name: "squeezenet1_1-keras", weights: nowhere) }
        #expect(missing.map { "\($0)" }?.contains("/nonexistent/weights.safetensors") == true)
        try withFolder { folder in
            let file = folder.appendingPathComponent("weights.safetensors")
            try Data([1, 2, 3]).write(to: file)
            let damaged = #expect(throws: BackboneError.self) { try Backbones.load(name: "squeezenet1_1-keras", weights: file) }
            #expect(damaged.map { "\($0)" }?.contains("not a valid safetensors file") == true)
        }
    }

    @Test(
        "Descriptions that make no backbone are refused",
        arguments: [
            (#""family": "resnet", "block": "basic", "blocks": [1, 1, 2], "width": 0, "stridePlacement": "conv2""#, "width"),
            (#""family": "resnet", "block": "basic", "blocks": [1, 1, 2], "width": 4"#, "stridePlacement"),
            (#""family": "resnet", "block": "basic", "blocks": [1, 1], "width": 4, "stridePlacement": "conv2""#, "taps"),
            (#""family": "resnext""#, "\"resnext\", expected one of resnet, densenet, mobilenet_v2, squeezenet, vgg"),
            (#""family": "squeezenet", "version": "1.2""#, "1.2"),
        ])
    func badDescriptions(_ network: String, _ reason: String) {
        let text = """
            {"name": "x", "network": {\(network)},
             "preprocessing": {"channelOrder": "rgb", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}}
            """
        let error = #expect(throws: BackboneError.self) {
            try BackboneDescription(json: Data(text.utf8), source: "x.json").makeBackbone()
        }
        #expect(error.map { "\($0)" }?.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("A preprocessing that cannot be applied is refused")
    func badPreprocessing() throws {
        let json = String(decoding: try Self.tiny.json(), as: UTF8.self)
        let broken = json.replacingOccurrences(of: "\"std\" : [\n", with: "\"std\" : [\n 0,")
        #expect(broken != json)
        #expect(throws: BackboneError.self) { try BackboneDescription(json: Data(broken.utf8), source: "x.json") }
    }

    @Test("Taps decide how many levels there are", arguments: 1...5)
    func levelCount(_ count: Int) throws {
        var description = Self.tiny
        description.taps = Array(["bn1", "layer1.0", "layer2.0", "layer3.0", "layer3.1"].suffix(count))
        let backbone = try description.makeBackbone()
        #expect(backbone.levels.map(\.tap) == description.taps)
        let maps = backbone.features(BackboneFixtures.formulaImages(1, 32, 48))
        #expect(maps.map { $0.shape[3] } == backbone.levels.map(\.channels))
    }

    @Test("Taps must exist, be one at least and go deeper")
    func taps() {
        for taps in [[], ["layer1.0", "layer2.0", "layer9.0"], ["layer2.0", "layer1.0", "layer3.0"], ["bn1", "bn1"]] {
            var description = Self.tiny
            description.taps = taps
            #expect(throws: BackboneError.self) { try description.makeBackbone() }
        }
    }
}
