/// The shape of a ``UQDD`` decoder. The defaults give 4.21 million parameters, the paper's 4.2.
public struct UQDDConfiguration: Sendable, Hashable, Codable {
    /// How SCM's scale acts (equation 17).
    public enum Modulation: String, Sendable, Hashable, Codable {
        /// `(1 + gamma) * AdaIN + beta`: the identity at the start of training.
        case residual
        /// `gamma * AdaIN + beta`: the letter of the paper.
        case text
    }

    /// Side of the noisy mask in pixels; the three levels work at 1, 1/2 and 1/4 of it.
    public var resolution = 64
    /// Feature channels of the three levels, finest first.
    public var channels = [16, 64, 160]
    /// Width of the time and IoU embeddings.
    public var embedding = 608
    /// Width of the sinusoidal code before the embedding.
    public var sinusoid = 128
    /// Groups of the group normalisations.
    public var groups = 8
    /// Heads of the attention at the coarsest level.
    public var heads = 4
    /// Condition channels of every level.
    public var conditionChannels = [26, 26, 26]
    /// The form of the modulation.
    public var modulation = Modulation.residual
    /// Whether the quality branch (DQM) runs.
    public var quality = true
    /// Hidden channels of the error-map head.
    public var errorChannels = 16
    /// Hidden channels of the IoU head.
    public var iouChannels = [16, 32]
    /// Multiplies the timestep before the sinusoidal code: 1000 / T.
    public var timeScale: Float = 4

    /// The default decoder.
    public init() {}

    /// The number of levels: backbone levels and decoder levels correspond one to one.
    public static let levels = 3
}
