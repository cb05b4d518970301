internal import Foundation
internal import SegModels
internal import TensorCore

/// Photos to the last map of a published network, whose weights come through the general path under the names of its publisher.
struct Tower: Workload {
    /// The networks with the level that is compared.
    static let networks: [String: (network: NetworkConfiguration, tap: String)] = {
        var vit = CLIPViT.b16
        vit.grid = 24
        var dino = DINOv2.base
        dino.grid = 32
        var resNet = CLIPResNet.rn50
        resNet.grid = 12
        var swin = Swin.base
        swin.paddingOrder = .padThenShift
        return [
            "clip-vit-b16": (.clipViT(vit), "visual.transformer.resblocks.11"), "dinov2-b": (.dinoV2(dino), "blocks.11.norm"),
            "swin-b": (.swin(swin), "norm"), "clip-rn50": (.clipResNet(resNet), "visual.layer4.2"),
        ]
    }()

    private let network: any Backbone
    private let photos: Tensor

    init(_ name: String, _ file: URL, _ inputs: Inputs, _ precision: Precision) throws {
        guard let (shape, tap) = Self.networks[name] else { throw BenchmarkError("no network \(name)") }
        let pixels = name.hasPrefix("clip") ? Preprocessing.clip : .torchvision
        let description = BackboneDescription(name: name, network: shape, preprocessing: pixels, taps: [tap])
        photos = try inputs.tensor("photos")
        network = try Backbones.load(description: description, weights: file, precision: precision).backbone
    }

    func outputs() -> StateDict { results(["y": withoutGradients { network.features(photos)[0] }]) }
    func run() { _ = withoutGradients { network.features(photos) } }
}

/// Sequences of tokens to the vectors of CLIP's text tower, over a vocabulary of bytes and one merge.
struct TextTower: Workload {
    private let encoder: CLIPTextEncoder
    private let sequences: [[Int]]

    init(_ file: URL, _ inputs: Inputs, _ precision: Precision) throws {
        let table = try inputs.tensor("sequences")
        let length = table.shape[1]
        let tokens = table.converted(to: .float32).scalars.map { Int($0) }
        sequences = stride(from: 0, to: tokens.count, by: length).map { Array(tokens[$0..<($0 + length)]) }
        let vocabulary = file.deletingLastPathComponent().appending(path: "merges.txt")
        try Data("merges\na b\n".utf8).write(to: vocabulary)
        let weights = file.deletingLastPathComponent().appending(path: "text.safetensors")
        try Safetensors.save(inputs.weights("backbone"), to: weights)
        encoder = try CLIPTextEncoder.load(weights: weights, vocabulary: vocabulary, precision: precision)
    }

    func outputs() -> StateDict { results(["y": withoutGradients { encoder.encoded(sequences: sequences) }]) }
    func run() { _ = withoutGradients { encoder.encoded(sequences: sequences) } }
}

/// Photos to the map that Segment Anything decodes masks from, with the weights of a whole network under Hugging Face's names.
struct SAMEncoding: Workload {
    private let network: SegmentAnything
    private let photos: Tensor

    init(_ file: URL, _ inputs: Inputs, _ precision: Precision) throws {
        let weights = file.deletingLastPathComponent().appending(path: "sam.safetensors")
        try Safetensors.save(inputs.weights("backbone"), to: weights)
        photos = try inputs.tensor("photos")
        network = try SegmentAnything.load(weights: weights, precision: precision)
    }

    func outputs() -> StateDict { results(["y": withoutGradients { map() }]) }
    func run() { _ = withoutGradients { map() } }

    /// The photos have the network's own size.
    private func map() -> Tensor { network.embed(photos, original: Size2D(network.configuration.imageSize)).map }
}
