internal import TensorCore

/// The names of the original repository's checkpoints (Rombach et al. 2022; Zhang et al. 2023), as those of diffusers that this library
/// registers. Blocks are numbered through there, and by level here.
struct OriginalNames {
    /// Residual blocks of a level.
    let blocks: Int
    /// Levels.
    let levels: Int

    /// What the parts of a residual block are called.
    private static let residual = [
        "in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj", "out_layers.0": "norm2",
        "out_layers.3": "conv2", "skip_connection": "conv_shortcut",
    ]
    /// What stands outside of blocks.
    private static let ends = [
        "time_embed.0": "time_embedding.linear_1", "time_embed.2": "time_embedding.linear_2", "input_blocks.0.0": "conv_in",
        "out.0": "conv_norm_out", "out.2": "conv_out", "middle_block_out.0": "controlnet_mid_block",
    ]

    /// The name of a tensor of the UNet or of a ControlNet; nil for one that is none.
    func unet(_ name: String) -> String? {
        let parts = name.split(separator: ".").map(String.init)
        guard let kind = parts.last, parts.count > 1 else { return nil }
        let path = parts.dropLast()
        if let end = Self.ends[path.joined(separator: ".")] { return "\(end).\(kind)" }
        guard let first = parts.first, let number = Int(parts[1]), number >= 0 else { return nil }
        let rest = Array(parts.dropFirst(2))
        switch first {
        case "input_blocks": return down(number, rest)
        case "output_blocks": return up(number, rest)
        case "middle_block":
            if number == 1 { return "mid_block.attentions.0." + rest.joined(separator: ".") }
            return Self.block("mid_block.resnets.\(number / 2)", rest)
        case "zero_convs": return rest.first == "0" ? "controlnet_down_blocks.\(number).\(kind)" : nil
        default: return nil
        }
    }

    /// The name of a tensor of a ControlNet, whose picture's layers are numbered up to `last`.
    func control(_ name: String, last: Int) -> String? {
        let parts = name.split(separator: ".").map(String.init)
        guard parts.count == 3, parts[0] == "input_hint_block", let number = Int(parts[1]) else { return unet(name) }
        let prefix = "controlnet_cond_embedding"
        switch number {
        case 0: return "\(prefix).conv_in.\(parts[2])"
        case last: return "\(prefix).conv_out.\(parts[2])"
        default: return "\(prefix).blocks.\(number / 2 - 1).\(parts[2])"
        }
    }

    private func down(_ number: Int, _ rest: [String]) -> String? {
        guard number > 0, let part = rest.first else { return nil }
        let (level, index) = ((number - 1) / (blocks + 1), (number - 1) % (blocks + 1))
        let tail = Array(rest.dropFirst())
        if part == "1" { return "down_blocks.\(level).attentions.\(index)." + tail.joined(separator: ".") }
        guard index == blocks else { return Self.block("down_blocks.\(level).resnets.\(index)", tail) }
        return tail.first == "op" ? "down_blocks.\(level).downsamplers.0.conv.\(tail.last ?? "")" : nil
    }

    private func up(_ number: Int, _ rest: [String]) -> String? {
        guard let part = rest.first else { return nil }
        let (level, index) = (number / (blocks + 1), number % (blocks + 1))
        let tail = Array(rest.dropFirst())
        if part == "0" { return Self.block("up_blocks.\(level).resnets.\(index)", tail) }
        if tail.first == "conv" { return "up_blocks.\(level).upsamplers.0.conv.\(tail.last ?? "")" }
        return "up_blocks.\(level).attentions.\(index)." + tail.joined(separator: ".")
    }

    private static func block(_ prefix: String, _ rest: [String]) -> String? {
        let part = rest.dropLast().joined(separator: ".")
        guard let kind = rest.last, let own = residual[part] else { return nil }
        return "\(prefix).\(own).\(kind)"
    }

    /// The name of a tensor of the autoencoder.
    func autoencoder(_ name: String) -> String? {
        var parts = name.split(separator: ".").map(String.init)
        guard let kind = parts.last, let side = parts.first else { return nil }
        if side == "quant_conv" || side == "post_quant_conv" { return name }
        guard (side == "encoder" || side == "decoder"), parts.count > 2 else { return nil }
        parts = Array(parts.dropFirst().dropLast())
        let own: String?
        switch parts[0] {
        case "conv_in", "conv_out": own = parts[0]
        case "norm_out": own = "conv_norm_out"
        case "mid": own = Self.middle(parts)
        case "down", "up": own = level(parts)
        default: own = nil
        }
        return own.map { "\(side).\($0).\(kind)" }
    }

    private static func middle(_ parts: [String]) -> String? {
        guard parts.count == 3 else { return nil }
        switch parts[1] {
        case "block_1": return "mid_block.resnets.0.\(shortcut(parts[2]))"
        case "block_2": return "mid_block.resnets.1.\(shortcut(parts[2]))"
        case "attn_1":
            let names = ["norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0"]
            return names[parts[2]].map { "mid_block.attentions.0.\($0)" }
        default: return nil
        }
    }

    private static func shortcut(_ name: String) -> String { name == "nin_shortcut" ? "conv_shortcut" : name }

    private func level(_ parts: [String]) -> String? {
        guard parts.count >= 4, let number = Int(parts[1]) else { return nil }
        // The decoder's levels are counted from the finest.
        let level = parts[0] == "up" ? levels - 1 - number : number
        let prefix = "\(parts[0])_blocks.\(level)"
        switch parts[2] {
        case "block" where parts.count == 5: return "\(prefix).resnets.\(parts[3]).\(Self.shortcut(parts[4]))"
        case "upsample", "downsample": return "\(prefix).\(parts[2])rs.0.conv"
        default: return nil
        }
    }
}
