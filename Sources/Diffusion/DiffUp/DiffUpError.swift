/// Why a model cannot answer an episode or be loaded.
public enum DiffUpError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The episode has nothing to go by.
    case noSupport
    /// A support carries an annotation that this model cannot use.
    case unusableAnnotation(support: String, reason: String)
    /// A checkpoint's description is missing or does not fit this version.
    case configuration(file: String, reason: String)
    /// Words that a backbone cannot be asked about.
    case noJointSpace(backbone: String, reason: String)
    /// A backbone whose finest level is not as wide as the low-level features of the denoiser (LFE).
    case lowLevel(backbone: String, found: Int, expected: Int)
    /// A backbone of another number of levels than the denoiser's.
    case levels(backbone: String, found: Int, expected: Int)

    public var description: String {
        switch self {
        case .noSupport:
            "the episode has no support: give at least one photo with a mask, box or scribble"
        case .unusableAnnotation(let support, let reason):
            "the support \(support.isEmpty ? "image" : support) cannot be used: \(reason)"
        case .configuration(let file, let reason):
            "\(file) is not a DiffUp checkpoint of this version: \(reason)"
        case .noJointSpace(let backbone, let reason):
            "the backbone \(backbone) cannot look for words: \(reason); use one with a text tower, or an episode without words"
        case .lowLevel(let backbone, let found, let expected):
            "the finest level of the backbone \(backbone) has \(found) channels, the decoder takes low-level features of \(expected): "
                + "it is bound to its backbone; set model.decoder.lowLevelChannels to \(found) to train one for this backbone, or to 0"
        case .levels(let backbone, let found, let expected):
            "the backbone \(backbone) offers \(found) levels, the denoiser takes \(expected); describe it with \(expected) taps"
        }
    }
}
