/// The shape of a ``UQDD`` decoder. With the default conditions it has 4.31 million parameters, the paper's 4.2.
public struct UQDDConfiguration: Sendable, Hashable, Codable {
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
    /// Whether the diffusion loss trains the error and IoU heads through the second modulation, too. Without it they
    /// learn from their own losses alone. The paper does not say.
    public var gradientsThroughQuality = false
    /// Hidden channels of the error-map head.
    public var errorChannels = 16
    /// Hidden channels of the IoU head.
    public var iouChannels = [16, 32]

    /// The default decoder.
    public init() {}
}
