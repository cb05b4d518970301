internal import TensorCore

extension Swin {
    public static let presets = [
        BackbonePreset("swin_t-torchvision", fileName: "swin_t-704ceda3", tiny.paddingFirst, .torchvision),
        BackbonePreset("swin_s-torchvision", fileName: "swin_s-5e29d889", small.paddingFirst, .torchvision),
        BackbonePreset("swin_b-torchvision", fileName: "swin_b-68c6b09e", base.paddingFirst, .torchvision),
        BackbonePreset("swin_t-microsoft", fileName: "swin_tiny_patch4_window7_224", tiny, .torchvision),
        BackbonePreset("swin_s-microsoft", fileName: "swin_small_patch4_window7_224", small, .torchvision),
        BackbonePreset("swin_b-microsoft", fileName: "swin_base_patch4_window7_224", base, .torchvision),
        BackbonePreset(
            "swin_b-window12-microsoft", fileName: "swin_base_patch4_window12_384_22kto1k", base.window(12), .torchvision),
        BackbonePreset("swin_l-microsoft", fileName: "swin_large_patch4_window7_224_22kto1k", large, .torchvision),
        BackbonePreset(
            "swin_l-window12-microsoft", fileName: "swin_large_patch4_window12_384_22kto1k", large.window(12), .torchvision),
    ]

    /// The same network as torchvision pads its maps.
    var paddingFirst: Swin {
        var result = self
        result.paddingOrder = .padThenShift
        return result
    }

    /// The same network with windows of another side.
    func window(_ side: Int) -> Swin {
        var result = self
        result.window = side
        return result
    }

    /// The tables of relative positions tell windows and heads. How maps are padded does not show, but whose names the file has does.
    public static func detected(in weights: WeightsIndex) -> [Swin] {
        guard let kernel = weights["patch_embed.proj.weight"], kernel.rank == 4 else { return [] }
        let blocks = (0..<4).map { stage in weights.count { "layers.\(stage).blocks.\($0).norm1.weight" } }.prefix { $0 > 0 }
        let tables = blocks.indices.compactMap { weights["layers.\($0).blocks.0.attn.relative_position_bias_table"] }
        guard let rows = tables.first?.first, tables.count == blocks.count, tables.allSatisfy({ $0.rank == 2 }) else { return [] }
        let reach = Int(Double(rows).squareRoot())
        let found = Swin(
            width: kernel[0], blocks: Array(blocks), heads: tables.map { $0[1] }, window: (reach + 1) / 2, patch: kernel[3],
            classes: weights.outputs(of: "head"))
        return weights.layout == torchvisionLayout ? [found.paddingFirst, found] : [found, found.paddingFirst]
    }
}

extension NetworkConfiguration {
    /// A Swin Transformer.
    public static func swin(_ shape: Swin) -> NetworkConfiguration { NetworkConfiguration(shape) }
}
