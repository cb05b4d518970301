public import TensorCore

/// CLIP's image tower as a ResNet (Radford et al. 2021, `ModifiedResNet`): three convolutions and an average pooling in the
/// stem, average poolings in place of strides, and attention in place of the last pooling.
///
/// State dict as OpenAI's: `visual.{conv1,bn1,conv2,bn2,conv3,bn3}`, `visual.layer{1-4}.{block}.{conv1,bn1,...,conv3,bn3}`,
/// `visual.layer{L}.0.downsample.{0,1}`, `visual.attnpool.{positional_embedding,q_proj,k_proj,v_proj,c_proj}`. Taps: every block,
/// after its last activation. Whole checkpoints of OpenAI are read, too.
public struct CLIPResNet: BackboneFamily {
    public static let family = "clip-resnet"

    /// Blocks of the four layers.
    public var blocks: [Int]
    /// Channels of the stem; layer `n` has `4 * width * 2^(n - 1)`.
    public var width: Int
    /// Heads of the attention pooling.
    public var heads: Int
    /// Side of the last map whose positions were learned for the attention pooling; others are interpolated.
    public var grid: Int
    /// The length of a vector in the space that is shared with texts.
    public var dimension: Int
    /// The name of the space that is shared with texts.
    public var space: String

    /// Makes a configuration.
    public init(
        blocks: [Int], width: Int = 64, heads: Int? = nil, grid: Int = 7, dimension: Int, space: String = CLIPSpace.unnamed
    ) {
        self.blocks = blocks
        self.width = width
        self.heads = heads ?? max(width / 2, 1)
        self.grid = grid
        self.dimension = dimension
        self.space = space
    }

    /// RN50: 38.3 M parameters.
    public static let rn50 = CLIPResNet(blocks: [3, 4, 6, 3], dimension: 1024, space: "openai/RN50")
    /// RN101: 56.3 M parameters.
    public static let rn101 = CLIPResNet(blocks: [3, 4, 23, 3], dimension: 512, space: "openai/RN101")

    /// As a ``ResNet``'s: the end of layer2, a block two thirds into layer3 and the end of layer3.
    public var defaultTaps: [String] {
        ResNet(block: .bottleneck, blocks: blocks, width: width).defaultTaps.map { "visual." + $0 }
    }

    public static let ranges: ConfigurationRanges = [
        "blocks": .list(.whole(1...64), count: 4...4), "width": .whole(2...1024), "heads": .whole(1...1024),
        "grid": .whole(1...128), "dimension": .whole(1...8192),
    ]

    /// Channels of the last map.
    var lastChannels: Int { 32 * width }

    public func validateRelations(source: String) throws(ConfigurationError) {
        guard width % 2 == 0 else {
            throw ConfigurationError(source: source, key: "width", reason: "found \(width), expected an even number")
        }
        guard lastChannels % heads == 0 else {
            throw ConfigurationError(
                source: source, key: "heads",
                reason: "found \(heads), expected a divisor of the last map's \(lastChannels) channels")
        }
    }

    public func makeBackbone(_ scope: ParameterScope, _ settings: BackboneSettings) throws(BackboneError) -> any Backbone {
        try CLIPResNetTower(scope, self, settings)
    }
}

extension CLIPResNet {
    private enum Key: String, CodingKey {
        case blocks, width, heads, grid, dimension, space
    }

    /// Reads a configuration; heads of 64 numbers and an unnamed space where it does not say.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.init(
            blocks: try values.decode([Int].self, forKey: .blocks), width: try values.decode(Int.self, forKey: .width),
            heads: try values.decodeIfPresent(Int.self, forKey: .heads), grid: try values.decode(Int.self, forKey: .grid),
            dimension: try values.decode(Int.self, forKey: .dimension),
            space: try values.decodeIfPresent(String.self, forKey: .space) ?? CLIPSpace.unnamed)
    }
}
