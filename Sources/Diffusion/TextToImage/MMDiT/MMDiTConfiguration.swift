internal import TensorCore

/// The shape of Stable Diffusion 3's denoiser.
public struct MMDiTConfiguration: Sendable, Hashable {
    /// Channels of the latent, before and after.
    public var latentChannels = 16
    /// Elements of a latent along each side of a token.
    public var patch = 2
    /// Blocks.
    public var depth = 38
    /// Heads of attention; one a block in the whole family.
    public var heads = 38
    /// The length of a head's vectors.
    public var headWidth = 64
    /// The length of the texts' states.
    public var contextWidth = 4096
    /// The length of the texts' own vectors.
    public var pooledWidth = 2048
    /// Tokens along each side of the largest latent that has positions.
    public var largestGrid = 192
    /// Whether queries and keys are normalised (3.5).
    public var normalisesQueries = true
    /// Blocks whose pictures attend to themselves a second time (3.5 Medium: 0 to 12).
    public var dualBlocks: Set<Int> = []

    /// Stable Diffusion 3.5 Large.
    public init() {}

    /// Stable Diffusion 3.5 Medium.
    public static let medium: MMDiTConfiguration = {
        var configuration = MMDiTConfiguration()
        (configuration.depth, configuration.heads, configuration.largestGrid) = (24, 24, 384)
        configuration.dualBlocks = Set(0...12)
        return configuration
    }()

    /// The length of a token.
    public var width: Int { heads * headWidth }

    /// Refuses numbers that make no network.
    ///
    /// - Throws: ``TextToImageError/configuration(file:key:reason:)``.
    public func validate(source: String) throws(TextToImageError) {
        let numbers: [(String, Int, ClosedRange<Int>)] = [
            ("in_channels", latentChannels, 1...64), ("patch_size", patch, 1...8), ("num_layers", depth, 1...128),
            ("num_attention_heads", heads, 1...128), ("attention_head_dim", headWidth, 1...512),
            ("joint_attention_dim", contextWidth, 1...16384), ("pooled_projection_dim", pooledWidth, 1...16384),
            ("pos_embed_max_size", largestGrid, 1...1024),
        ]
        for (key, found, range) in numbers where !range.contains(found) {
            throw .configuration(file: source, key: key, reason: "found \(found), expected \(range)")
        }
        guard dualBlocks.allSatisfy({ (0..<depth).contains($0) }) else {
            throw .configuration(
                file: source, key: "dual_attention_layers", reason: "found \(dualBlocks.sorted()), expected blocks below \(depth)"
            )
        }
    }
}

extension MMDiTConfiguration {
    /// The shape that a `config.json` of diffusers describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        let (class_, path) = (try file.text("_class_name"), file.path)
        guard class_ == nil || class_ == "SD3Transformer2DModel" else {
            throw .architecture(
                file: path, found: "a \(class_ ?? "")", expected: "an SD3Transformer2DModel",
                advice: "give a model of Stable Diffusion 3 or 3.5")
        }
        try self.init(trunk: &file)
        contextWidth = try file.whole("joint_attention_dim", 4096)
        try file.finish()
        try validate(source: path)
    }

    /// What a transformer and a ControlNet have in common.
    init(trunk file: inout DiffusersConfiguration) throws(TextToImageError) {
        self.init()
        let path = file.path
        latentChannels = try file.whole("in_channels", 16)
        try file.require("out_channels", .integer(latentChannels))
        patch = try file.whole("patch_size", 2)
        depth = try file.whole("num_layers", 18)
        heads = try file.whole("num_attention_heads", 18)
        headWidth = try file.whole("attention_head_dim", 64)
        try file.require("caption_projection_dim", .integer(heads * headWidth))
        pooledWidth = try file.whole("pooled_projection_dim", 2048)
        largestGrid = try file.whole("pos_embed_max_size", 96)
        normalisesQueries =
            try file.text("qk_norm").map { name throws(TextToImageError) in
                guard name == "rms_norm" else {
                    throw .configuration(file: path, key: "qk_norm", reason: "found \"\(name)\", expected rms_norm or null")
                }
                return true
            } ?? false
        dualBlocks = Set(try file.wholes("dual_attention_layers", []))
        file.pass("sample_size")
    }
}
