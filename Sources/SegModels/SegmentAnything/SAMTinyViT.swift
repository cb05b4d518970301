public import TensorCore

/// The shape of MobileSAM's image encoder (Zhang et al. 2023): TinyViT (Wu et al. 2022) whose last stage keeps the resolution of the
/// one before, and SAM's neck.
public struct SAMTinyViT: SAMEncoderShape {
    /// A stage of blocks that attend within windows.
    public struct Stage: Sendable, Hashable {
        /// Channels.
        public var width: Int
        /// Blocks.
        public var depth: Int
        /// Heads of a block.
        public var heads: Int
        /// Side of a window in places of the map.
        public var window: Int

        /// Makes a stage.
        public init(width: Int, depth: Int, heads: Int, window: Int) {
            self.width = width
            self.depth = depth
            self.heads = heads
            self.window = window
        }
    }

    /// Channels of the first stage, whose blocks are inverted bottlenecks of convolutions.
    public var width: Int
    /// Blocks of the first stage.
    public var depth: Int
    /// The stages of attention.
    public var stages: [Stage]
    /// What the first stage's blocks multiply their channels by.
    public var expansion: Int
    /// What the feed-forward parts of attention blocks multiply their channels by.
    public var feedForward: Int

    /// Makes a shape; what is not given is as published.
    public init(
        width: Int = 64, depth: Int = 2,
        stages: [Stage] = [
            Stage(width: 128, depth: 2, heads: 4, window: 7), Stage(width: 160, depth: 6, heads: 5, window: 14),
            Stage(width: 320, depth: 2, heads: 10, window: 7),
        ], expansion: Int = 4, feedForward: Int = 4
    ) {
        self.width = width
        self.depth = depth
        self.stages = stages
        self.expansion = expansion
        self.feedForward = feedForward
    }

    /// Four for the stem, and two for every stage of attention but the last.
    public var stride: Int { 4 << max(stages.count - 1, 0) }

    public func problem(imageSize: Int) -> String? {
        guard (1...8).contains(stages.count) else { return "\(stages.count) stages of attention, expected 1...8" }
        let numbers = [("width", width), ("depth", depth), ("expansion", expansion), ("feedForward", feedForward)]
        let fields = stages.flatMap {
            [("a stage's width", $0.width), ("depth", $0.depth), ("heads", $0.heads), ("window", $0.window)]
        }
        for (name, value) in numbers + fields where !(1...65536).contains(value) { return "\(name) \(value), expected 1...65536" }
        for stage in stages where stage.width % stage.heads != 0 {
            return "\(stage.heads) heads do not divide the width \(stage.width)"
        }
        if width % 2 != 0 { return "width \(width), expected an even number" }
        return imageSize % stride == 0 ? nil : "the stride \(stride) does not divide images of \(imageSize)"
    }

    public func makeEncoder(_ scope: ParameterScope, imageSize: Int, channels: Int) -> any SAMEncoder {
        SAMTinyViTEncoder(scope, self, channels: channels)
    }

    /// Tensors do not tell the size of images.
    public static func detected(in weights: WeightsIndex) -> (shape: SAMTinyViT, imageSize: Int?)? {
        guard let width = weights.outputs(of: "patch_embed.seq.2.c"), width > 0,
            let wide = weights.outputs(of: "layers.0.blocks.0.conv1.c")
        else { return nil }
        let depth = weights.count { "layers.0.blocks.\($0).conv1.c.weight" }
        let count = weights.count { "layers.\($0).downsample.conv1.c.weight" }
        var stages: [Stage] = []
        var feedForward = 4
        for index in 1..<(count + 1) {
            let blocks = "layers.\(index).blocks."
            guard let channels = weights.outputs(of: "layers.\(index - 1).downsample.conv1.c"), channels > 0,
                let biases = weights[blocks + "0.attn.attention_biases"], biases.rank == 2,
                let hidden = weights.outputs(of: blocks + "0.mlp.fc1")
            else { return nil }
            feedForward = hidden / channels
            stages.append(
                Stage(
                    width: channels, depth: weights.count { blocks + "\($0).attn.attention_biases" }, heads: biases[0],
                    window: Int(Double(biases[1]).squareRoot().rounded())))
        }
        return (
            SAMTinyViT(width: width, depth: depth, stages: stages, expansion: wide / width, feedForward: feedForward), nil
        )
    }
}
