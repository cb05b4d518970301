public import TensorCore

/// The shape of a ``UQDD`` decoder. With the default conditions it has 4.31 million parameters, the paper's 4.2.
public struct UQDDConfiguration: Hashable, RangedConfiguration {
    /// How SCM's scale acts (equation 17).
    public enum Modulation: String, Sendable, Hashable, Codable {
        /// `(1 + gamma) * AdaIN + beta`: the identity at the start of training.
        case residual
        /// `gamma * AdaIN + beta`: the letter of the paper.
        case text
    }

    /// Side of the noisy mask in pixels; every further level works at half the side of the one before.
    public var resolution = 64
    /// Feature channels of the levels, finest first; backbone levels and decoder levels correspond one to one.
    public var channels = [16, 64, 160]
    /// Width of the time and IoU embeddings.
    public var embedding = 608
    /// Width of the sinusoidal code before the embedding.
    public var sinusoid = 128
    /// Groups of the group normalisations.
    public var groups = 8
    /// Heads of the attention at the coarsest level.
    public var heads = 4
    /// The form of the modulation.
    public var modulation = Modulation.residual
    /// Whether the quality branch (DQM) runs.
    public var quality = true
    /// Whether its predicted error map modulates features (table 6). Without, the branch still learns to predict it.
    public var errorModulation = true
    /// Whether its predicted IoU modulates features (table 6). Without, the branch still learns to predict it.
    public var iouModulation = true
    /// Channels of the backbone's finest level that join the finest features (LFE, table 9); 0 for none. A decoder with them is
    /// bound to backbones of that width.
    public var lowLevelChannels = 0
    /// Whether the diffusion loss trains the error and IoU heads through the second modulation, too. Without it they
    /// learn from their own losses alone. The paper does not say.
    public var gradientsThroughQuality = false
    /// Hidden channels of the error-map head.
    public var errorChannels = 16
    /// Hidden channels of the IoU head.
    public var iouChannels = [16, 32]

    public static let ranges: ConfigurationRanges = [
        "resolution": .whole(8...512), "channels": .list(.whole(1...4096), count: 1...6), "embedding": .whole(1...8192),
        "sinusoid": .whole(2...4096), "groups": .whole(1...4096), "heads": .whole(1...4096),
        "lowLevelChannels": .whole(0...65536), "errorChannels": .whole(1...1024),
        "iouChannels": .list(.whole(1...1024), count: 2...2),
    ]

    /// The default decoder.
    public init() {}

    /// Whether the quality branch modulates features at all.
    var hasQualityModulation: Bool { quality && (errorModulation || iouModulation) }

    public func validateRelations(source: String) throws(ConfigurationError) {
        let (coarsest, deepest) = (1 << (channels.count - 1), channels[channels.count - 1])
        try ConfigurationError.check(
            resolution % coarsest == 0, source, "resolution", found: resolution, expected: "a multiple of \(coarsest)")
        try ConfigurationError.check(
            channels.allSatisfy { $0 % groups == 0 }, source, "channels", found: channels,
            expected: "multiples of groups (\(groups))")
        try ConfigurationError.check(deepest % heads == 0, source, "heads", found: heads, expected: "a divisor of \(deepest)")
    }
}
