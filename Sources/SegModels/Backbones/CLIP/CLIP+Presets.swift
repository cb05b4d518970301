internal import TensorCore

extension CLIPViT {
    public static let presets = [
        BackbonePreset("clip-vit-b16", fileName: "ViT-B-16", b16, .clip),
        BackbonePreset("clip-vit-b32", fileName: "ViT-B-32", b32, .clip),
        BackbonePreset("clip-vit-l14", fileName: "ViT-L-14", l14, .clip),
    ]

    public static var keyMaps: [KeyMap] { CLIPCheckpoint.imageMaps }

    /// Heads have 64 numbers in all of CLIP's towers. Both activations fit the same tensors, OpenAI's is the likelier.
    public static func detected(in weights: WeightsIndex) -> [CLIPViT] {
        guard let patches = weights["visual.conv1.weight"], patches.rank == 4,
            let positions = weights["visual.positional_embedding"], positions.rank == 2, positions[0] > 1,
            let projection = weights["visual.proj"], projection.rank == 2
        else { return [] }
        let depth = weights.count { "visual.transformer.resblocks.\($0).attn.in_proj_weight" }
        let found = CLIPViT(
            patch: patches[2], width: patches[0], depth: depth, grid: CLIPGrid.side(positions: positions[0]),
            dimension: projection[1])
        var other = found
        other.activation = .gelu
        var published = found
        for known in [b16, b32, l14] {
            published.space = known.space
            if published == known { return [published, other] }
        }
        return [found, other]
    }
}

extension CLIPResNet {
    public static let presets = [
        BackbonePreset("clip-rn50", fileName: "RN50", rn50, .clip),
        BackbonePreset("clip-rn101", fileName: "RN101", rn101, .clip),
    ]

    public static var keyMaps: [KeyMap] { CLIPCheckpoint.imageMaps }

    /// Heads have 64 numbers in all of CLIP's towers.
    public static func detected(in weights: WeightsIndex) -> [CLIPResNet] {
        guard let positions = weights["visual.attnpool.positional_embedding"], positions.rank == 2, positions[0] > 1,
            let width = weights.outputs(of: "visual.layer1.0.conv1"),
            let dimension = weights.outputs(of: "visual.attnpool.c_proj")
        else { return [] }
        let blocks = (1...4).map { layer in weights.count { "visual.layer\(layer).\($0).conv1.weight" } }
        let grid = CLIPGrid.side(positions: positions[0])
        let found = CLIPResNet(blocks: blocks, width: width, grid: grid, dimension: dimension)
        var published = found
        for known in [rn50, rn101] {
            published.space = known.space
            if published == known { return [published] }
        }
        return [found]
    }
}

/// Grids of which only the number of positions is known.
private enum CLIPGrid {
    /// The side of a square grid; one position is the whole image's.
    static func side(positions: Int) -> Int { Int(Double(positions - 1).squareRoot().rounded()) }
}

extension NetworkConfiguration {
    /// CLIP's image tower as a vision transformer.
    public static func clipViT(_ shape: CLIPViT) -> NetworkConfiguration { NetworkConfiguration(shape) }
    /// CLIP's image tower as a ResNet.
    public static func clipResNet(_ shape: CLIPResNet) -> NetworkConfiguration { NetworkConfiguration(shape) }
}

extension Preprocessing {
    /// CLIP's: RGB in [0, 1], mean and deviation of its own images. Resizing is the caller's: the whole photo, without a crop.
    public static let clip = Preprocessing(
        channelOrder: .rgb, scale: 1 / 255, mean: [0.48145466, 0.4578275, 0.40821073],
        std: [0.26862954, 0.26130258, 0.27577711])
}
