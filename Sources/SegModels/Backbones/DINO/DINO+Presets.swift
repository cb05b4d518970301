internal import TensorCore

extension DINOv2 {
    public static let presets =
        [("vits14", small), ("vitb14", base), ("vitl14", large), ("vitg14", giant)].flatMap { size, network in
            [
                BackbonePreset("dinov2-\(size)", fileName: "dinov2_\(size)_pretrain", network, .torchvision),
                BackbonePreset(
                    "dinov2-\(size)-registers", fileName: "dinov2_\(size)_reg4_pretrain", network.withRegisters(), .torchvision),
            ]
        }

    /// All published sizes have heads of 64. Whose names the file has tells how positions were scaled.
    public static func detected(in weights: WeightsIndex) -> [DINOv2] {
        guard let table = weights["pos_embed"], table.rank == 3, let shape = VisionTransformerIndex(weights) else { return [] }
        let places = max(table[1] - 1, 0)
        let plain = DINOv2(
            width: shape.width, depth: shape.depth, heads: shape.heads, patch: shape.patch,
            grid: Int(Double(places).squareRoot().rounded()), registers: weights["register_tokens"]?.dropFirst().first,
            hidden: shape.unusualHidden, isGated: shape.isGated ? true : nil)
        var filtered = plain
        filtered.positionAntialias = true
        if plain.registers != nil { return [filtered] }
        var shifted = plain
        shifted.positionOffset = 0.1
        return weights.layout == huggingFaceLayout ? [plain, shifted] : [shifted, plain]
    }
}

extension DINOv3 {
    public static let presets =
        [("vits16", small), ("vits16plus", smallPlus), ("vitb16", base), ("vitl16", large), ("vith16plus", hugePlus)]
        .map { size, network in
            BackbonePreset("dinov3-\(size)", fileName: "dinov3_\(size)_pretrain_lvd1689m", network, .torchvision)
        } + [BackbonePreset("dinov3-vitl16-sat", fileName: "dinov3_vitl16_pretrain_sat493m", large, .dinoSatellite)]

    /// All published sizes have heads of 64.
    public static func detected(in weights: WeightsIndex) -> [DINOv3] {
        guard weights["pos_embed"] == nil, let shape = VisionTransformerIndex(weights) else { return [] }
        return [
            DINOv3(
                width: shape.width, depth: shape.depth, heads: shape.heads, patch: shape.patch,
                registers: weights["storage_tokens"]?.dropFirst().first ?? 0, hidden: shape.unusualHidden,
                isGated: shape.isGated ? true : nil)
        ]
    }
}

extension Preprocessing {
    /// DINOv3's for weights that saw satellite images.
    public static let dinoSatellite = Preprocessing(
        channelOrder: .rgb, scale: 1 / 255, mean: [0.430, 0.411, 0.296], std: [0.213, 0.156, 0.143])
}

/// What a file of Meta's names tells of its transformer.
private struct VisionTransformerIndex {
    let width: Int
    let patch: Int
    let depth: Int
    let isGated: Bool
    private let hidden: Int

    init?(_ weights: WeightsIndex) {
        guard weights["cls_token"] != nil, let kernel = weights["patch_embed.proj.weight"], kernel.rank == 4 else { return nil }
        (width, patch) = (kernel[0], kernel[3])
        depth = weights.count { "blocks.\($0).attn.qkv.weight" }
        isGated = weights["blocks.0.mlp.w12.weight"] != nil
        guard let hidden = weights.outputs(of: isGated ? "blocks.0.mlp.w12" : "blocks.0.mlp.fc1") else { return nil }
        self.hidden = isGated ? hidden / 2 : hidden
    }

    /// Heads of 64 where they divide the width.
    var heads: Int { width % 64 == 0 ? width / 64 : 1 }

    /// What the feed-forward part has where it is not four times the width, or gated, where nothing is usual.
    var unusualHidden: Int? { hidden == 4 * width && !isGated ? nil : hidden }
}

extension NetworkConfiguration {
    /// A DINOv2.
    public static func dinoV2(_ shape: DINOv2) -> NetworkConfiguration { NetworkConfiguration(shape) }
    /// A DINOv3.
    public static func dinoV3(_ shape: DINOv3) -> NetworkConfiguration { NetworkConfiguration(shape) }
}
