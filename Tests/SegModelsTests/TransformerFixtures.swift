internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// Weights under their published names by the formula of `Scripts/goldens/transformer_backbones.py`, and its results.
enum TransformerFixtures {
    /// Names and shapes that a published file of the golden's network has, in no particular order.
    static func keys(of golden: StateDict) throws -> [(name: String, shape: Shape)] {
        let lines = try #require(golden.metadata["keys"]).split(separator: "\n")
        return try lines.map { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            let extents = try fields[1].split(separator: "x").map { try #require(Int($0)) }
            return (String(fields[0]), Shape(extents))
        }
    }

    /// The file's tensors.
    static func published(_ golden: StateDict) throws -> StateDict {
        var state = StateDict()
        for (name, shape) in try keys(of: golden) { state[name] = tensor(name, shape) }
        return state
    }

    static func tensor(_ name: String, _ shape: Shape) -> Tensor {
        let numbers = BackboneFixtures.uniform(name, count: shape.elementCount)
        func ends(_ endings: [String]) -> Bool { endings.contains { name.hasSuffix($0) } }
        let values: [Double]
        if ends(["gamma", "lambda1"]) {
            values = numbers.map { 0.5 + $0 }
        } else if ends(["pos_embed", "position_embeddings", "cls_token", "register_tokens", "storage_tokens"]) {
            values = numbers.map { $0 - 0.5 }
        } else if ends(["bias_table"]) {
            values = numbers.map { 2 * $0 - 1 }
        } else if shape.rank > 1 {
            let bound = (3 / Double(shape.elementCount / shape[0])).squareRoot()
            values = numbers.map { (2 * $0 - 1) * bound }
        } else if ends(["weight"]) {
            values = numbers.map { 0.9 + 0.2 * $0 }
        } else {
            values = numbers.map { 0.2 * ($0 - 0.5) }
        }
        return Tensor(values.map { Float($0) }, shape: shape)
    }

    /// The golden's file, written and loaded as `network`.
    static func backbone(
        _ name: String, _ golden: StateDict, _ network: NetworkConfiguration, taps: [String], _ precision: Precision = .float32
    ) throws -> any Backbone {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fss-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("weights.safetensors")
        try Safetensors.save(published(golden), to: file)
        let description = BackboneDescription(name: name, network: network, preprocessing: .torchvision, taps: taps)
        return try Backbones.load(description: description, weights: file, precision: precision).backbone
    }
}
