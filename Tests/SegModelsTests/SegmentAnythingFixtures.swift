internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// The small network of `Scripts/goldens/segment_anything.py`, its weights and its results.
enum SegmentAnythingFixtures {
    static let configuration = SAMConfiguration(
        encoder: .vit(SAMViT(width: 32, depth: 3, heads: 2, globalBlocks: [1], window: 4)), imageSize: 96, channels: 32,
        decoderHeads: 4, decoderHidden: 64, qualityHidden: 24)

    static func golden(_ name: String = "sam-small") throws -> StateDict {
        let folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
        return try Safetensors.load(contentsOf: folder.appendingPathComponent("\(name).safetensors"))
    }

    private static func weight(_ name: String, _ shape: Shape) -> Tensor {
        let numbers = BackboneFixtures.uniform(name, count: shape.elementCount)
        let strong = ["rel_pos", "gaussian", "point_embeddings", "attention_biases"].contains { name.contains($0) }
        let isToken = ["pos_embed", "embed.weight", "token.weight", "tokens.weight"].contains { name.hasSuffix($0) }
        let values: [Double]
        if strong || isToken {
            values = numbers.map { 2 * $0 - 1 }
        } else if shape.rank > 1 {
            let bound = (3 / Double(shape.elementCount / shape[0])).squareRoot()
            values = numbers.map { (2 * $0 - 1) * bound }
        } else if name.hasSuffix("running_var") {
            values = numbers.map { 0.5 + $0 }
        } else if name.hasSuffix("weight") {
            values = numbers.map { 0.9 + 0.2 * $0 }
        } else {
            values = numbers.map { 0.2 * ($0 - 0.5) }
        }
        return Tensor(values.map { Float($0) }, shape: shape)
    }

    static func model(precision: Precision = .float32) throws -> SegmentAnything {
        let model = SegmentAnything(ParameterScope(.loading), configuration, precision: precision)
        try model.load(published())
        return model
    }

    static func formula(_ name: String, _ shape: Shape) -> Tensor {
        let values = BackboneFixtures.uniform(name, count: shape.elementCount).map { Float(2 * $0 - 1) }
        return Tensor(values, shape: shape)
    }

    /// The tensors of a golden's network, under the original names.
    static func published(_ name: String = "sam-small") throws -> StateDict {
        var state = StateDict()
        for (name, shape) in try TransformerFixtures.keys(of: golden(name)) { state[name] = weight(name, shape) }
        return state
    }

    /// The same under the names of Hugging Face's `SamModel`.
    static func huggingFace() throws -> StateDict {
        let (own, names) = (try published(), try #require(golden().metadata["transformers"]))
        var state = StateDict()
        for line in names.split(separator: "\n") {
            let fields = line.split(separator: " ").map { String($0) }
            let tensor: Tensor = try #require(own[fields[1]], "\(line)")
            state[fields[0]] = tensor
        }
        return state
    }
}
