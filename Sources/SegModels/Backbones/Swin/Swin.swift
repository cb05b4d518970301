public import TensorCore

/// Swin Transformer (Liu et al. 2021): attention within windows, which every second block shifts, in stages of stride 4, 8, 16, 32.
///
/// State dict as Microsoft's `SwinTransformer`: `patch_embed.{proj,norm}`,
/// `layers.{s}.blocks.{b}.{norm1,attn.qkv,attn.proj,attn.relative_position_bias_table,norm2,mlp.fc1,mlp.fc2}`,
/// `layers.{s}.downsample.{norm,reduction}`, `norm`, `head`; torchvision's and timm's names are read, too. Taps: every block, before
/// the merging of its stage and without a norm (what DCAMA reads), and `norm`, the last block normalised.
public struct Swin: StagedFamily {
    public static let family = "swin"

    /// What comes first where a map is no multiple of the window. The orders differ at the map's edge, and nowhere else.
    public enum PaddingOrder: String, Sendable, Hashable, Codable {
        /// Zeros, which the shift moves inside: torchvision.
        case padThenShift = "pad-then-shift"
        /// The shift, so that zeros stay at the bottom and right: timm; Microsoft's own code refuses such maps.
        case shiftThenPad = "shift-then-pad"
    }

    /// Channels of the first stage; every further one has twice as many.
    public var width: Int
    /// Blocks of the stages.
    public var blocks: [Int]
    /// Heads of the stages; each divides the channels of its stage.
    public var heads: [Int]
    /// Side of a window. A map that is no larger is one window, padded and not shifted.
    public var window: Int
    /// Side of a patch in pixels.
    public var patch: Int
    /// What comes first where a map is no multiple of the window.
    public var paddingOrder: PaddingOrder
    /// Classes of the classifier `head`, nil for none.
    public var classes: Int?

    /// Makes a configuration.
    public init(
        width: Int, blocks: [Int], heads: [Int], window: Int = 7, patch: Int = 4, paddingOrder: PaddingOrder = .shiftThenPad,
        classes: Int? = nil
    ) {
        self.width = width
        self.blocks = blocks
        self.heads = heads
        self.window = window
        self.patch = patch
        self.paddingOrder = paddingOrder
        self.classes = classes
    }

    /// Swin-T: 28.3 M parameters with 1000 classes.
    public static let tiny = Swin(width: 96, blocks: [2, 2, 6, 2], heads: [3, 6, 12, 24], classes: 1000)
    /// Swin-S: 49.6 M parameters with 1000 classes.
    public static let small = Swin(width: 96, blocks: [2, 2, 18, 2], heads: [3, 6, 12, 24], classes: 1000)
    /// Swin-B: 87.8 M parameters with 1000 classes.
    public static let base = Swin(width: 128, blocks: [2, 2, 18, 2], heads: [4, 8, 16, 32], classes: 1000)
    /// Swin-L: 196.5 M parameters with 1000 classes.
    public static let large = Swin(width: 192, blocks: [2, 2, 18, 2], heads: [6, 12, 24, 48], classes: 1000)

    /// The end of the second stage, a block two thirds into the third and the end of the third, as far as the network has them:
    /// strides 8, 16 and 16, as with a ResNet.
    public var defaultTaps: [String] {
        guard blocks.count >= 3 else { return [] }
        let middle = max(min(blocks[2] - 2, blocks[2] * 2 / 3), 0)
        return ["layers.1.blocks.\(blocks[1] - 1)", "layers.2.blocks.\(middle)", "layers.2.blocks.\(blocks[2] - 1)"]
    }

    public static let ranges: ConfigurationRanges = [
        "width": .whole(1...4096), "blocks": .list(.whole(1...64), count: 1...4), "heads": .list(.whole(1...512), count: 1...4),
        "window": .whole(1...64), "patch": .whole(1...64), "classes": classesRange,
    ]

    public func validateRelations(source: String) throws(ConfigurationError) {
        try ConfigurationError.check(
            heads.count == blocks.count, source, "heads", found: heads,
            expected: "as many as the \(blocks.count) stages of blocks")
        for (stage, count) in heads.enumerated() {
            try ConfigurationError.check(
                (width << stage) % count == 0, source, "heads", found: heads,
                expected: "a divisor of the \(width << stage) channels of stage \(stage)")
        }
    }

    /// Whole patches, and something left of them after the last merging.
    public var inputRule: InputRule { InputRule(multiple: patch, minimum: patch << (blocks.count - 1)) }

    public func build(_ network: inout NetworkLayout) {
        let scope = network.scope
        let embedding = PatchEmbedding(scope["patch_embed"]["proj"], width: width, patch: patch)
        let embeddingNorm = LayerNorm(scope["patch_embed"]["norm"], width: width)
        network.append(
            FunctionStage(output: nil) { x, _ in embeddingNorm(embedding(x)) }, channels: width, stride: patch)
        for (stage, count) in blocks.enumerated() {
            let layer = scope["layers"][stage]
            let mask = ShiftMask()
            for index in 0..<count {
                let shift = index % 2 == 1 ? window / 2 : 0
                let windows = WindowShape(side: window, shift: shift, order: paddingOrder)
                let block = SwinBlock(layer["blocks"][index], width: width << stage, heads: heads[stage], windows, mask)
                let output = network.level("layers.\(stage).blocks.\(index)")
                network.append(FunctionStage(output: output) { x, _ in block(x) })
            }
            guard stage < blocks.count - 1 else { break }
            let merging = PatchMerging(layer["downsample"], width: width << stage)
            network.append(
                FunctionStage(output: nil) { x, _ in merging(x) }, channels: width << (stage + 1), stride: 2)
        }
        let norm = LayerNorm(scope["norm"], width: network.channels)
        network.append(FunctionStage(output: network.level("norm")) { x, _ in norm(x) })
        network.classify(scope["head"], classes: classes)
    }
}
