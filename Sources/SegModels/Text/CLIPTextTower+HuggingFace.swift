public import TensorCore

extension CLIPTextTower {
    /// The weights under Hugging Face's names, as `text_encoder` of a diffusers folder holds them.
    ///
    /// ``canonical(_:)`` is the way back.
    public func huggingFaceState() -> StateDict {
        let own = stateDict()
        var state = StateDict()
        for name in own.names {
            guard let tensor = own[name] else { continue }
            for (key, part) in Self.huggingFace(name, tensor) { state["text_model." + key] = part }
        }
        return state
    }

    /// The tensors of a file with OpenAI's or OpenCLIP's names under Hugging Face's.
    ///
    /// - Throws: `CheckpointError` where the file has been cut short since it was opened, or a joint matrix is no three.
    package static func huggingFaceState(_ own: StateDict) throws(CheckpointError) -> StateDict {
        var state = own.renamed { _ in nil }
        for name in own.names {
            guard let tensor = try own.tensor(name) else { continue }
            let isJoint = name.hasSuffix(".in_proj_weight") || name.hasSuffix(".in_proj_bias")
            guard !isJoint || (tensor.shape.first ?? 1) % 3 == 0 else {
                throw .malformed(
                    file: own.source, key: name, reason: "found the shape \(tensor.shape), expected a first side that 3 divides")
            }
            for (key, part) in huggingFace(name, tensor) { state["text_model." + key] = part }
        }
        return state
    }

    private static let blockNames = [
        "attn.out_proj": "self_attn.out_proj", "ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1",
        "mlp.c_proj": "mlp.fc2",
    ]

    /// The names and parts of one of the tower's tensors, without the prefix.
    private static func huggingFace(_ name: String, _ tensor: Tensor) -> [(String, Tensor)] {
        if name == "token_embedding.weight" { return [("embeddings.token_embedding.weight", tensor)] }
        if name == "positional_embedding" { return [("embeddings.position_embedding.weight", tensor)] }
        let parts = name.split(separator: ".").map(String.init)
        let kind = parts[parts.count - 1]
        if parts[0] == "ln_final" { return [("final_layer_norm.\(kind)", tensor)] }
        guard parts.count > 4, parts[0] == "transformer" else { return [(name, tensor)] }
        let layer = "encoder.layers.\(parts[2])."
        if kind.hasPrefix("in_proj_") {
            let third = tensor.shape[0] / 3
            let pieces = tensor.split([third, third, third], axis: 0)
            let suffix = String(kind.dropFirst("in_proj_".count))
            return zip(["q", "k", "v"], pieces).map { ("\(layer)self_attn.\($0)_proj.\(suffix)", $1) }
        }
        let middle = parts[3..<(parts.count - 1)].joined(separator: ".")
        return [("\(layer)\(blockNames[middle] ?? middle).\(kind)", tensor)]
    }
}
