internal import TensorCore

extension SAMConfiguration {
    /// Reads the shape of a network from the tensors of a file with the published names; nil where they are not SAM's.
    ///
    /// Heads are not among shapes: the width of a head is that of its table of relative positions. The decoder's heads and the
    /// window of a network without windowed blocks are as published.
    static func detected(in weights: WeightsIndex) -> SAMConfiguration? {
        let encoder = "image_encoder."
        func table(_ index: Int) -> String { "\(encoder)blocks.\(index).attn.rel_pos_h" }
        guard let positions = weights[encoder + "pos_embed"], positions.rank == 4,
            let patches = weights[encoder + "patch_embed.proj.weight"], patches.rank == 4,
            let neck = weights[encoder + "neck.0.weight"], neck.rank == 4, let first = weights[table(0)], first.rank == 2,
            let hidden = weights.outputs(of: "mask_decoder.transformer.layers.0.mlp.lin1"),
            let qualityHidden = weights.outputs(of: "mask_decoder.iou_prediction_head.layers.0")
        else { return nil }
        let (grid, width, patch) = (positions[1], positions[3], patches[3])
        let fits = positions[2] == grid && first[1] > 0 && width % first[1] == 0 && grid > 0 && patch > 0
        guard fits, grid <= 1024, patch <= 1024 else { return nil }
        let depth = weights.count(of: table)
        let sides = (0..<depth).map { ((weights[table($0)]?.first ?? 0) + 1) / 2 }
        let window = sides.first { $0 != grid && $0 > 0 } ?? 14
        return SAMConfiguration(
            width: width, depth: depth, heads: width / first[1], globalBlocks: sides.indices.filter { sides[$0] == grid },
            imageSize: grid * patch, patch: patch, window: window, channels: neck[0], decoderHidden: hidden,
            qualityHidden: qualityHidden)
    }
}
