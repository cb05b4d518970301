internal import TensorCore

/// The names of Stability's own MMDiT (Esser et al. 2024) beside those of diffusers, which this library registers.
///
/// Queries, keys and values are one module there. Where diffusers normalises by a scale and a shift alone, its halves stand the other
/// way round: shift first there, scale first here.
struct OriginalTransformerNames {
    /// A module there, and those here that its rows are, in their order.
    struct Layer: Equatable {
        var original: String
        var own: [String]
        var isSwapped = false

        /// The rows of one of the own modules.
        func piece(_ index: Int) -> WeightPiece {
            if isSwapped { return .swappedHalves }
            return own.count == 1 ? .whole : .part(index, of: own.count)
        }
    }

    /// The modules of a network of so many blocks.
    let layers: [Layer]
    private let byOriginal: [String: Layer]

    /// The parts of a block: there, here.
    private static let block: [(String, [String])] = [
        ("x_block.attn.qkv", ["attn.to_q", "attn.to_k", "attn.to_v"]), ("x_block.attn.proj", ["attn.to_out.0"]),
        ("x_block.attn.ln_q", ["attn.norm_q"]), ("x_block.attn.ln_k", ["attn.norm_k"]),
        ("x_block.attn2.qkv", ["attn2.to_q", "attn2.to_k", "attn2.to_v"]), ("x_block.attn2.proj", ["attn2.to_out.0"]),
        ("x_block.attn2.ln_q", ["attn2.norm_q"]), ("x_block.attn2.ln_k", ["attn2.norm_k"]),
        ("x_block.adaLN_modulation.1", ["norm1.linear"]), ("x_block.mlp.fc1", ["ff.net.0.proj"]),
        ("x_block.mlp.fc2", ["ff.net.2"]),
        ("context_block.attn.qkv", ["attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"]),
        ("context_block.attn.proj", ["attn.to_add_out"]), ("context_block.attn.ln_q", ["attn.norm_added_q"]),
        ("context_block.attn.ln_k", ["attn.norm_added_k"]), ("context_block.adaLN_modulation.1", ["norm1_context.linear"]),
        ("context_block.mlp.fc1", ["ff_context.net.0.proj"]), ("context_block.mlp.fc2", ["ff_context.net.2"]),
    ]
    /// What stands outside of blocks.
    private static let ends: [(String, String)] = [
        ("x_embedder.proj", "pos_embed.proj"), ("t_embedder.mlp.0", "time_text_embed.timestep_embedder.linear_1"),
        ("t_embedder.mlp.2", "time_text_embed.timestep_embedder.linear_2"),
        ("y_embedder.mlp.0", "time_text_embed.text_embedder.linear_1"),
        ("y_embedder.mlp.2", "time_text_embed.text_embedder.linear_2"), ("context_embedder", "context_embedder"),
        ("final_layer.linear", "proj_out"),
    ]

    init(depth: Int) {
        var layers = Self.ends.map { Layer(original: $0, own: [$1]) }
        layers.append(Layer(original: "final_layer.adaLN_modulation.1", own: ["norm_out.linear"], isSwapped: true))
        for index in 0..<depth {
            for (original, own) in Self.block {
                let isLastText = index == depth - 1 && original == "context_block.adaLN_modulation.1"
                layers.append(
                    Layer(
                        original: "joint_blocks.\(index).\(original)", own: own.map { "transformer_blocks.\(index).\($0)" },
                        isSwapped: isLastText))
            }
        }
        self.layers = layers
        byOriginal = Dictionary(layers.map { ($0.original, $0) }) { first, _ in first }
    }

    /// The tensors under the names here. Names that are not known stay, and are refused as unexpected.
    ///
    /// - Throws: `CheckpointError` where the file has been cut short since it was opened.
    func canonical(_ state: StateDict) throws(CheckpointError) -> StateDict {
        var result = state.renamed { name in
            if name == "pos_embed" { return "pos_embed.pos_embed" }
            guard let (layer, kind) = layer(of: name) else { return name }
            return layer.own.count == 1 && !layer.isSwapped ? "\(layer.own[0]).\(kind)" : nil
        }
        for name in state.names {
            guard let (layer, kind) = layer(of: name), let tensor = try tensor(of: layer, name, state) else { continue }
            for (index, own) in layer.own.enumerated() {
                result["\(own).\(kind)"] = layer.piece(index).rows(of: tensor)
            }
        }
        return result
    }

    private func tensor(of layer: Layer, _ name: String, _ state: StateDict) throws(CheckpointError) -> Tensor? {
        guard layer.own.count > 1 || layer.isSwapped, let shape = state.shape(of: name) else { return nil }
        let count = layer.isSwapped ? 2 : layer.own.count
        guard let rows = shape.first, rows > 0, rows % count == 0 else {
            throw .malformed(
                file: state.source, key: name, reason: "found the shape \(shape), expected a first side that \(count) divides")
        }
        return try state.tensor(name)
    }

    private func layer(of name: String) -> (Layer, kind: String)? {
        guard let dot = name.lastIndex(of: "."), let layer = byOriginal[String(name[..<dot])] else { return nil }
        return (layer, String(name[name.index(after: dot)...]))
    }
}

/// Which rows of another module's tensor one is.
enum WeightPiece: Equatable {
    case whole
    /// One of several parts of the same size.
    case part(Int, of: Int)
    /// All of them, the second half first.
    case swappedHalves

    /// What they are of a number of rows; nil where it cannot be divided so.
    func count(_ rows: Int) -> Int? {
        switch self {
        case .whole: rows
        case .part(_, let count): rows % count == 0 ? rows / count : nil
        case .swappedHalves: rows % 2 == 0 ? rows : nil
        }
    }

    /// The rows of a tensor that can be divided so.
    func rows(of tensor: Tensor) -> Tensor {
        switch self {
        case .whole: return tensor
        case .part(let index, let count):
            let size = tensor.shape[0] / count
            return tensor.sliced(axis: 0, from: index * size, count: size)
        case .swappedHalves:
            let half = tensor.shape[0] / 2
            let parts = tensor.split([half, tensor.shape[0] - half], axis: 0)
            return .concatenated([parts[1], parts[0]], axis: 0)
        }
    }
}
