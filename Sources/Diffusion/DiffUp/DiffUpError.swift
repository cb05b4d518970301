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
        case .levels(let backbone, let found, let expected):
            "the backbone \(backbone) offers \(found) levels, the denoiser takes \(expected); describe it with \(expected) taps"
        }
    }
}
