public import TensorCore

/// DINOv3 (Siméoni et al. 2025): a vision transformer trained without labels, whose positions rotate queries and keys.
///
/// State dict as Meta's: `cls_token`, `storage_tokens`, `patch_embed.proj`,
/// `blocks.{i}.{norm1,attn.qkv,attn.proj,ls1.gamma,norm2,mlp.fc1,mlp.fc2,ls2.gamma}`, `norm`; with a gated feed-forward part
/// `mlp.{w12,w3}`, read from Meta's `mlp.{w1,w2,w3}`. Hugging Face's names are read, too. `mask_token`, the periods of positions and
/// the masks of biases are passed over: training needs the first, the others can be computed. Keys have no bias: that third of
/// `attn.qkv.bias` counts as zero. Taps: every block (`blocks.11`) and the same under the last norm (`blocks.11.norm`).
public struct DINOv3: BackboneFamily {
    public static let family = "dinov3"

    /// The length of a token.
    public var width: Int
    /// Blocks.
    public var depth: Int
    /// Heads of attention, whose width is a multiple of four.
    public var heads: Int
    /// Side of a patch in pixels.
    public var patch: Int
    /// Register tokens ("storage tokens").
    public var registers: Int
    /// The length within the feed-forward part, nil for four times the width.
    public var hidden: Int?
    /// Whether the feed-forward part is gated (SwiGLU), as in the sizes with a plus; nil for no.
    public var isGated: Bool?
    /// The longest period of the rotation, in half widths of the image.
    public var ropeBase: Double

    /// Makes a configuration.
    public init(
        width: Int, depth: Int, heads: Int, patch: Int = 16, registers: Int = 4, hidden: Int? = nil, isGated: Bool? = nil,
        ropeBase: Double = 100
    ) {
        self.width = width
        self.depth = depth
        self.heads = heads
        self.patch = patch
        self.registers = registers
        self.hidden = hidden
        self.isGated = isGated
        self.ropeBase = ropeBase
    }

    /// ViT-S/16: 21.6 M parameters.
    public static let small = DINOv3(width: 384, depth: 12, heads: 6)
    /// ViT-S+/16: 28.7 M parameters.
    public static let smallPlus = DINOv3(width: 384, depth: 12, heads: 6, hidden: 1536, isGated: true)
    /// ViT-B/16: 85.7 M parameters.
    public static let base = DINOv3(width: 768, depth: 12, heads: 12)
    /// ViT-L/16: 303 M parameters.
    public static let large = DINOv3(width: 1024, depth: 24, heads: 16)
    /// ViT-H+/16: 840 M parameters.
    public static let hugePlus = DINOv3(width: 1280, depth: 32, heads: 20, hidden: 5120, isGated: true)

    /// Blocks at half and three quarters of the depth and the last. All pass the last norm, as in Meta's own dense evaluation: without
    /// it a few channels of the residual stream outweigh the rest of a cosine.
    public var defaultTaps: [String] { TransformerLevels.blocks(depth: depth).map { "blocks.\($0).norm" } }

    public static let ranges: ConfigurationRanges = [
        "width": .whole(1...8192), "depth": .whole(1...128), "heads": .whole(1...256), "patch": .whole(1...64),
        "registers": .whole(0...64), "hidden": .whole(1...65536), "ropeBase": .real(above: 0, upTo: 1e9),
    ]

    public func validateRelations(source: String) throws(ConfigurationError) {
        try ConfigurationError.check(
            width % heads == 0 && width / heads % 4 == 0, source, "heads", found: heads,
            expected: "heads whose width, \(width) divided by them, is a multiple of four")
    }

    public func makeBackbone(
        _ scope: ParameterScope, _ settings: BackboneSettings
    ) throws(BackboneError) -> any Backbone {
        try check(for: settings.name)
        let gated = isGated ?? false
        let block = TransformerOptions(
            width: width, heads: heads, hidden: hidden, layerScale: 1e-5, isGated: gated, hasKeyBias: false,
            names: gated ? .timmGated : .timm)
        return try DINOTransformer(
            scope, settings, depth: depth, patch: patch, block,
            leading: LeadingTokens(registers: registers, registersName: "storage_tokens"),
            .rotary(RotaryPositions(headWidth: width / heads, base: ropeBase)), taps: defaultTaps)
    }
}
