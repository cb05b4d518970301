internal import Datasets
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("File of a network for generalized few-shot segmentation")
struct GFSSNetworkFileTests {
    private static func network(seed: UInt64 = 1) throws -> GFSSNetwork {
        let backbone = BackboneDescription(
            name: "tiny", network: .resNet(ResNet(block: .basic, blocks: [1, 1, 1], width: 8, dilations: [1, 1, 2])),
            preprocessing: .torchvision, taps: ["layer2.0", "layer3.0"])
        var configuration = GFSSNetwork.Configuration(backbone: backbone, classes: [FewShotClass(id: 4, name: "cat")])
        (configuration.head.width, configuration.head.auxiliaryWeight, configuration.side) = (8, 0, 32)
        configuration.rule = .cosine(scale: 12)
        return try GFSSNetwork(configuration, ParameterScope(seed: seed))
    }

    private static func file() -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("gfss-\(UUID().uuidString).safetensors")
    }

    @Test("A network is read as it was written, rule and classes included")
    func roundTrip() throws {
        let (network, file) = (try Self.network(), Self.file())
        defer { try? FileManager.default.removeItem(at: file) }
        try network.save(to: file)
        let read = try GFSSNetwork.load(contentsOf: file)
        #expect(read.configuration == network.configuration)
        let photo = RGBImage(height: 20, width: 30, red: 200, green: 10, blue: 90)
        #expect(read.segment(photo) == network.segment(photo))
        let confidence = try #require(read.segment(photo).confidence)
        #expect(confidence.values.allSatisfy { $0 > 0.49 && $0 <= 1 }, "of two classes the likelier")
    }

    @Test("The canvas is in the file; one of a time before has the canvas of then, and one of no pixels is refused")
    func canvas() throws {
        var configuration = try Self.network().configuration
        #expect(configuration.canvas == PhotoCanvas(side: 32))
        configuration.canvas = PhotoCanvas(side: 40, multiple: 8, padding: .black)
        let file = Self.file()
        defer { try? FileManager.default.removeItem(at: file) }
        try GFSSNetwork(configuration, ParameterScope(seed: 1)).save(to: file)
        #expect(try GFSSNetwork.load(contentsOf: file).configuration == configuration)
        var state = try Safetensors.load(contentsOf: file)
        #expect(state.metadata["gfss.format"] == "2")
        let text = try #require(state.metadata["gfss.network"])
        let tree = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        func write(_ tree: [String: Any], format: String) throws {
            state.metadata["gfss.network"] = String(decoding: try JSONSerialization.data(withJSONObject: tree), as: UTF8.self)
            state.metadata["gfss.format"] = format
            try Safetensors.save(state, to: file)
        }
        try write(tree.filter { !["multiple", "padding"].contains($0.key) }, format: "1")
        let earlier = try GFSSNetwork.load(contentsOf: file)
        #expect(earlier.configuration.canvas == PhotoCanvas(side: 40))
        try earlier.save(to: file)
        #expect(try Safetensors.load(contentsOf: file).metadata["gfss.format"] == "1")
        for (tree, format) in [
            (tree.merging(["multiple": 0]) { $1 }, "2"), (tree.merging(["padding": "white"]) { $1 }, "2"), (tree, "3"),
        ] {
            try write(tree, format: format)
            #expect(throws: PseudoLabelError.self) { try GFSSNetwork.load(contentsOf: file) }
        }
    }

    @Test("A labeller's labels and features are the network's, photo after photo")
    func labeller() throws {
        let network = try Self.network()
        let labeller = NetworkLabeller(network, digest: "test")
        let photos = (0..<3).map { RGBImage(height: 20 + $0, width: 30, red: UInt8(60 * $0), green: 10, blue: 90) }
        for photo in photos + [photos[0]] {
            #expect(labeller.labels(of: photo, madeFor: 4) == network.segment(photo))
            #expect(labeller.features(of: photo).scalars == network.features(of: photo).scalars)
        }
        #expect(labeller.features(of: photos[1]).scalars == network.features(of: photos[1]).scalars, "without labels before")
    }

    @Test("A labeller's labels and features of a photo come from one pass")
    func onePass() throws {
        let network = try Self.network()
        let labeller = NetworkLabeller(network, digest: "test")
        let pixels = (0..<20 * 30 * 3).map { UInt8($0 * 37 % 251) }
        let photo = RGBImage(height: 20, width: 30, pixels: pixels)
        let features = network.features(of: photo).scalars
        _ = labeller.labels(of: photo, madeFor: 4)
        // With other weights a second pass would give other features.
        try network.load(try Self.network(seed: 2).stateDict())
        #expect(network.features(of: photo).scalars != features)
        #expect(labeller.features(of: photo).scalars == features)
    }

    @Test("A file that is cut anywhere is refused, and so is one of something else")
    func damaged() throws {
        let (network, file) = (try Self.network(), Self.file())
        defer { try? FileManager.default.removeItem(at: file) }
        try network.save(to: file)
        let bytes = try Data(contentsOf: file)
        for count in [0, 4, 9, 200, bytes.count / 2, bytes.count - 1] {
            try bytes.prefix(count).write(to: file)
            #expect(throws: (any Error).self, "cut to \(count)") { try GFSSNetwork.load(contentsOf: file) }
        }
        try Safetensors.save(network.stateDict(), to: file)
        let error = #expect(throws: PseudoLabelError.self) { try GFSSNetwork.load(contentsOf: file) }
        #expect("\(error as Any)".contains(file.lastPathComponent))
    }
}
