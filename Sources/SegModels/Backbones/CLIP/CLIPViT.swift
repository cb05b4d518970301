public import TensorCore

/// CLIP's image tower as a vision transformer (Radford et al. 2021; Dosovitskiy et al. 2021).
///
/// State dict as OpenAI's: `visual.{class_embedding,positional_embedding,proj,conv1,ln_pre,ln_post}`,
/// `visual.transformer.resblocks.{i}.{ln_1,attn,ln_2,mlp}`. Taps: every block, before the last normalisation. Whole checkpoints of
/// OpenAI, OpenCLIP and Hugging Face are read, too.
public struct CLIPViT: BackboneFamily {
    public static let family = "clip-vit"

    /// Side of a patch in pixels.
    public var patch: Int
    /// The length of a token.
    public var width: Int
    /// Blocks.
    public var depth: Int
    /// Heads of attention.
    public var heads: Int
    /// Side of the grid of patches whose positions were learned; positions of other grids are interpolated.
    public var grid: Int
    /// The length of a vector in the space that is shared with texts.
    public var dimension: Int
    /// The function of the feed-forward parts.
    public var activation: CLIPActivation
    /// How the last block makes dense features of the joint space.
    public var dense: DensePath
    /// The name of the space that is shared with texts.
    public var space: String

    /// The last block on the way to dense features, where attention would gather what is the same for the whole image.
    ///
    /// As released by MaskCLIP (Zhou et al. 2022) tokens keep their own value, residual and feed-forward part stay; later papers
    /// compare values or queries with themselves and leave residual, feed-forward part or both out.
    public struct DensePath: Sendable, Hashable, Codable {
        /// What attention compares.
        public var pairing: AttentionPairing
        /// Whether the block's input is added.
        public var residual: Bool
        /// Whether the feed-forward part follows.
        public var feedForward: Bool

        /// Makes a path, by default MaskCLIP's.
        public init(pairing: AttentionPairing = .identity, residual: Bool = true, feedForward: Bool = true) {
            self.pairing = pairing
            self.residual = residual
            self.feedForward = feedForward
        }

        var blockPath: TransformerBlock.Path {
            TransformerBlock.Path(pairing: pairing, hasResidual: residual, hasFeedForward: feedForward)
        }
    }

    /// Makes a configuration.
    public init(
        patch: Int, width: Int, depth: Int, heads: Int? = nil, grid: Int, dimension: Int,
        activation: CLIPActivation = .quickGELU, dense: DensePath = DensePath(), space: String = CLIPSpace.unnamed
    ) {
        self.patch = patch
        self.width = width
        self.depth = depth
        self.heads = heads ?? max(width / 64, 1)
        self.grid = grid
        self.dimension = dimension
        self.activation = activation
        self.dense = dense
        self.space = space
    }

    /// ViT-B/16: 86.2 M parameters.
    public static let b16 = CLIPViT(patch: 16, width: 768, depth: 12, grid: 14, dimension: 512, space: "openai/ViT-B-16")
    /// ViT-B/32: 87.8 M parameters.
    public static let b32 = CLIPViT(patch: 32, width: 768, depth: 12, grid: 7, dimension: 512, space: "openai/ViT-B-32")
    /// ViT-L/14: 304.0 M parameters.
    public static let l14 = CLIPViT(patch: 14, width: 1024, depth: 24, grid: 16, dimension: 768, space: "openai/ViT-L-14")

    /// Blocks at one half and three quarters of the depth, and the last.
    public var defaultTaps: [String] { TransformerLevels.blocks(depth: depth).map { Self.tap($0) } }

    static func tap(_ block: Int) -> String { "visual.transformer.resblocks.\(block)" }

    public static let ranges: ConfigurationRanges = [
        "patch": .whole(1...64), "width": .whole(1...8192), "depth": .whole(1...128), "heads": .whole(1...256),
        "grid": .whole(1...128), "dimension": .whole(1...8192),
    ]

    public func validateRelations(source: String) throws(ConfigurationError) {
        guard width % heads == 0 else {
            throw ConfigurationError(
                source: source, key: "heads", reason: "found \(heads), expected a divisor of the width \(width)")
        }
    }

    public func makeBackbone(_ scope: ParameterScope, _ settings: BackboneSettings) throws(BackboneError) -> any Backbone {
        try CLIPVisionTransformer(scope, self, settings)
    }
}

extension CLIPViT {
    private enum Key: String, CodingKey {
        case patch, width, depth, heads, grid, dimension, activation, dense, space
    }

    /// Reads a configuration; heads of 64 numbers, QuickGELU, MaskCLIP's dense path and an unnamed space where it does not say.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.init(
            patch: try values.decode(Int.self, forKey: .patch), width: try values.decode(Int.self, forKey: .width),
            depth: try values.decode(Int.self, forKey: .depth), heads: try values.decodeIfPresent(Int.self, forKey: .heads),
            grid: try values.decode(Int.self, forKey: .grid), dimension: try values.decode(Int.self, forKey: .dimension),
            activation: try values.decodeIfPresent(CLIPActivation.self, forKey: .activation) ?? .quickGELU,
            dense: try values.decodeIfPresent(DensePath.self, forKey: .dense) ?? DensePath(),
            space: try values.decodeIfPresent(String.self, forKey: .space) ?? CLIPSpace.unnamed)
    }
}

/// The function between the two layers of a feed-forward part in CLIP's transformers. Weights do not tell which they were trained
/// with; with the wrong one they work, only worse.
public enum CLIPActivation: String, Sendable, Hashable, Codable, CaseIterable {
    /// `x * sigmoid(1.702 x)`: OpenAI's weights.
    case quickGELU = "quick_gelu"
    /// The exact Gaussian error linear unit: OpenCLIP's weights, as those of LAION.
    case gelu

    var fused: FusedActivation { self == .quickGELU ? .quickGELU : .geluErf }
}

/// Names of spaces that CLIP's towers share.
public enum CLIPSpace {
    /// The space of weights of which nobody says where they come from. Two towers of it fit when their vectors are as long: that
    /// they were trained together is for the caller to know.
    public static let unnamed = "clip"
}
