public import TensorCore

/// The shape of a CLIP text tower: a transformer that reads from left to right.
///
/// State dict as OpenAI's: `token_embedding`, `positional_embedding`, `transformer.resblocks.{i}.{ln_1,attn,ln_2,mlp}`, `ln_final`,
/// `text_projection`. Whole checkpoints of OpenAI, OpenCLIP and Hugging Face are read, too.
public struct CLIPText: Hashable, RangedConfiguration {
    /// Tokens that are known: 49 408.
    public var vocabulary: Int
    /// The most tokens of a text, those that begin and end it included: 77.
    public var context: Int
    /// The length of a token's vector inside.
    public var width: Int
    /// Blocks.
    public var depth: Int
    /// Heads of attention.
    public var heads: Int
    /// The length of a vector in the space that is shared with images.
    public var dimension: Int
    /// The function of the feed-forward parts.
    public var activation: CLIPActivation
    /// The name of the space that is shared with images.
    public var space: String

    /// Makes a configuration.
    public init(
        vocabulary: Int = 49408, context: Int = 77, width: Int = 512, depth: Int = 12, heads: Int? = nil, dimension: Int,
        activation: CLIPActivation = .quickGELU, space: String = CLIPSpace.unnamed
    ) {
        self.vocabulary = vocabulary
        self.context = context
        self.width = width
        self.depth = depth
        self.heads = heads ?? max(width / 64, 1)
        self.dimension = dimension
        self.activation = activation
        self.space = space
    }

    /// The towers beside OpenAI's image towers, by the names of the latter's presets.
    public static let published: [String: CLIPText] = [
        "clip-rn50": CLIPText(dimension: 1024, space: CLIPResNet.rn50.space),
        "clip-rn101": CLIPText(dimension: 512, space: CLIPResNet.rn101.space),
        "clip-vit-b16": CLIPText(dimension: 512, space: CLIPViT.b16.space),
        "clip-vit-b32": CLIPText(dimension: 512, space: CLIPViT.b32.space),
        "clip-vit-l14": CLIPText(width: 768, dimension: 768, space: CLIPViT.l14.space),
    ]

    public static let ranges: ConfigurationRanges = [
        "vocabulary": .whole(514...1_000_000), "context": .whole(2...65536), "width": .whole(1...8192), "depth": .whole(1...128),
        "heads": .whole(1...256), "dimension": .whole(1...8192),
    ]

    public func validateRelations(source: String) throws(ConfigurationError) {
        guard width % heads == 0 else {
            throw ConfigurationError(
                source: source, key: "heads", reason: "found \(heads), expected a divisor of the width \(width)")
        }
    }

    /// The tower of which a file's tensors are, as far as names and shapes tell: heads have 64 numbers in all of CLIP's towers,
    /// and activation and space stay open. Nil for other files.
    static func detected(in weights: WeightsIndex) -> CLIPText? {
        guard let tokens = weights["token_embedding.weight"], tokens.rank == 2,
            let positions = weights["positional_embedding"], positions.rank == 2,
            let projection = weights["text_projection"], projection.rank == 2
        else { return nil }
        let depth = weights.count { "transformer.resblocks.\($0).attn.in_proj_weight" }
        return CLIPText(
            vocabulary: tokens[0], context: positions[0], width: tokens[1], depth: depth, dimension: projection[1])
    }
}
