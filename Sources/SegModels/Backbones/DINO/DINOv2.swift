public import TensorCore

/// DINOv2 (Oquab et al. 2023), with registers (Darcet et al. 2024) or without: a vision transformer trained without labels.
///
/// State dict as Meta's: `cls_token`, `pos_embed`, `register_tokens`, `patch_embed.proj`,
/// `blocks.{i}.{norm1,attn.qkv,attn.proj,ls1.gamma,norm2,mlp.fc1,mlp.fc2,ls2.gamma}`, `norm`; with a gated feed-forward part
/// `mlp.{w12,w3}`. Hugging Face's names are read, too; `mask_token`, which only training needs, is passed over. Taps: every block
/// (`blocks.11`) and the same under the last norm (`blocks.11.norm`, what Meta's `get_intermediate_layers` returns).
public struct DINOv2: BackboneFamily {
    public static let family = "dinov2"

    /// The length of a token.
    public var width: Int
    /// Blocks.
    public var depth: Int
    /// Heads of attention; they divide the width.
    public var heads: Int
    /// Side of a patch in pixels.
    public var patch: Int
    /// Side of the grid of patches that positions were learned for.
    public var grid: Int
    /// Register tokens, nil for none.
    public var registers: Int?
    /// The length within the feed-forward part, nil for four times the width.
    public var hidden: Int?
    /// Whether the feed-forward part is gated (SwiGLU), as in the giant; nil for no.
    public var isGated: Bool?
    /// What Meta adds to a grid's side before the positions are scaled to it: 0.1 for the networks without registers, nil for
    /// nothing (those with registers, and Hugging Face's port of all of them). At the grid of training it makes no difference.
    public var positionOffset: Double?
    /// Whether positions are low-pass filtered on their way to a smaller grid: Meta and Hugging Face for the networks with
    /// registers; nil for no.
    public var positionAntialias: Bool?

    /// Makes a configuration.
    public init(
        width: Int, depth: Int, heads: Int, patch: Int = 14, grid: Int = 37, registers: Int? = nil, hidden: Int? = nil,
        isGated: Bool? = nil, positionOffset: Double? = nil, positionAntialias: Bool? = nil
    ) {
        self.width = width
        self.depth = depth
        self.heads = heads
        self.patch = patch
        self.grid = grid
        self.registers = registers
        self.hidden = hidden
        self.isGated = isGated
        self.positionOffset = positionOffset
        self.positionAntialias = positionAntialias
    }

    /// ViT-S/14: 22.1 M parameters.
    public static let small = DINOv2(width: 384, depth: 12, heads: 6, positionOffset: 0.1)
    /// ViT-B/14: 86.6 M parameters.
    public static let base = DINOv2(width: 768, depth: 12, heads: 12, positionOffset: 0.1)
    /// ViT-L/14: 304.4 M parameters.
    public static let large = DINOv2(width: 1024, depth: 24, heads: 16, positionOffset: 0.1)
    /// ViT-g/14: 1136 M parameters.
    public static let giant = DINOv2(width: 1536, depth: 40, heads: 24, hidden: 4096, isGated: true, positionOffset: 0.1)

    /// The network with four registers, as Meta scales positions there.
    public func withRegisters() -> DINOv2 {
        var result = self
        (result.registers, result.positionOffset, result.positionAntialias) = (4, nil, true)
        return result
    }

    /// Blocks at half and three quarters of the depth and the last. All pass the last norm, as in Meta's own dense evaluation: without
    /// it a few channels of the residual stream outweigh the rest of a cosine.
    public var defaultTaps: [String] { TransformerLevels.blocks(depth: depth).map { "blocks.\($0).norm" } }

    public static let ranges: ConfigurationRanges = [
        "width": .whole(1...8192), "depth": .whole(1...128), "heads": .whole(1...256), "patch": .whole(1...64),
        "grid": .whole(1...512), "registers": .whole(1...64), "hidden": .whole(1...65536), "positionOffset": .real(0...1),
    ]

    public func validateRelations(source: String) throws(ConfigurationError) {
        try ConfigurationError.check(
            width % heads == 0, source, "heads", found: heads, expected: "a divisor of the width \(width)")
    }

    public func makeBackbone(
        _ scope: ParameterScope, _ settings: BackboneSettings
    ) throws(BackboneError) -> any Backbone {
        try check(for: settings.name)
        let gated = isGated ?? false
        let block = TransformerOptions(
            width: width, heads: heads, hidden: hidden, epsilon: 1e-6, layerScale: 1e-5, isGated: gated,
            names: gated ? .timmGated : .timm)
        let resizing = PositionResizing(offset: positionOffset ?? 0, antialias: positionAntialias ?? false)
        let positions = PositionPlan.learned(grid: grid, resizing)
        return try DINOTransformer(
            scope, settings, depth: depth, patch: patch, block,
            leading: LeadingTokens(registers: registers ?? 0, registersName: "register_tokens"), positions, taps: defaultTaps)
    }
}
