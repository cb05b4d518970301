public import Diffusion
internal import SegModels
public import TensorCore

/// The sizes of a miniature of Stable Diffusion: the same networks, small enough to be trained on two cores.
public struct MiniatureShape: Hashable, RangedConfiguration {
    /// Pixels along each side of its pictures.
    public var imageSize = 64
    /// Channels of latents.
    public var latentChannels = 4
    /// Channels of the autoencoder's levels; each after the first halves the sides.
    public var autoencoderChannels = [32, 64, 64]
    /// Channels of the denoiser's levels; each after the first halves the sides. All but the first attend to the text.
    public var denoiserChannels = [48, 96, 144]
    /// Residual blocks of a level on the denoiser's way down.
    public var denoiserBlocks = 1
    /// The length of a token's vector in the text tower, and of its states.
    public var textWidth = 96
    /// Blocks of the text tower.
    public var textDepth = 2
    /// Tokens of a caption, those that begin and end it included.
    public var textContext = 24

    public static let ranges: ConfigurationRanges = [
        "imageSize": .whole(64...1024), "latentChannels": .whole(1...64), "denoiserBlocks": .whole(1...16),
        "textWidth": .whole(8...8192), "textDepth": .whole(1...128), "textContext": .whole(4...1024),
    ]

    /// The defaults: together about ten million weights with one ControlNet, 20 MB in bfloat16.
    public init() {}

    public func validateRelations(source: String) throws(ConfigurationError) {
        for (key, channels) in [("autoencoderChannels", autoencoderChannels), ("denoiserChannels", denoiserChannels)] {
            let fits = (1...6).contains(channels.count) && channels.allSatisfy { (16...4096).contains($0) && $0 % 16 == 0 }
            guard fits else {
                throw ConfigurationError(
                    source: source, key: key, reason: "found \(channels), expected 1...6 multiples of 16 up to 4096")
            }
        }
        guard textWidth % 8 == 0 else {
            throw ConfigurationError(source: source, key: "textWidth", reason: "found \(textWidth), expected a multiple of 8")
        }
        // Layouts of supports are drawn in multiples of 64.
        let step = max(sideFactor, 64)
        guard imageSize % step == 0 else {
            throw ConfigurationError(
                source: source, key: "imageSize", reason: "found \(imageSize), expected a multiple of \(step)")
        }
    }

    /// What the sides of pictures must be divisible by.
    public var sideFactor: Int { 1 << (autoencoderChannels.count + denoiserChannels.count - 2) }

    /// Groups of the normalisations.
    private static let groups = 16

    /// The autoencoder's shape.
    public var autoencoder: AutoencoderConfiguration {
        var shape = AutoencoderConfiguration()
        (shape.latentChannels, shape.channels) = (latentChannels, autoencoderChannels)
        (shape.blocks, shape.groups) = (1, Self.groups)
        return shape
    }

    /// The denoiser's shape: heads of 32 numbers.
    public var denoiser: UNetConfiguration {
        var shape = UNetConfiguration()
        let levels = denoiserChannels.count
        (shape.inputs, shape.outputs, shape.channels) = (latentChannels, latentChannels, denoiserChannels)
        (shape.blocks, shape.groups, shape.contextWidth) = (denoiserBlocks, Self.groups, textWidth)
        shape.attends = (0..<levels).map { $0 > 0 || levels == 1 }
        shape.heads = denoiserChannels.map { $0 % 32 == 0 ? $0 / 32 : $0 / 16 }
        shape.depths = [Int](repeating: 1, count: levels)
        // Pictures of any other size than these are textures without shapes.
        shape.sampleSize = Size2D(imageSize / autoencoder.factor)
        return shape
    }

    /// The ControlNet's shape: its hint shrinks as often as the autoencoder does.
    public var control: ControlNetConfiguration {
        var shape = ControlNetConfiguration()
        shape.unet = denoiser
        shape.hintChannels = autoencoderChannels.indices.map { 16 << min($0, 3) }
        return shape
    }

    /// The text tower's shape for a vocabulary of so many tokens.
    func text(vocabulary: Int) -> CLIPTextTowerShape {
        var shape = CLIPTextTowerShape()
        (shape.vocabulary, shape.context, shape.width) = (vocabulary, textContext, textWidth)
        (shape.depth, shape.heads, shape.hidden) = (textDepth, textWidth / 8, 4 * textWidth)
        return shape
    }
}
