public import TensorCore

/// A network that turns texts into vectors.
///
/// With a ``JointSpaceBackbone`` of the same space, the cosine of a text's vector and a pixel's says how much the pixel shows
/// what the text names: a prior that needs a word and no photo.
public protocol TextEncoder: Module {
    /// What messages and manifests call it.
    var name: String { get }
    /// The name of the space that its vectors live in; vectors of two spaces cannot be compared.
    var space: String { get }
    /// The length of a vector.
    var dimension: Int { get }

    /// The vectors of texts, not normalised.
    ///
    /// - Parameter texts: words or sentences.
    /// - Returns: `[N, dimension]`, one row a text.
    /// - Throws: ``TextEncoderError`` for a text that has no vector.
    func encoded(_ texts: [String]) throws(TextEncoderError) -> Tensor
}

/// Why texts could not be turned into vectors, or a network that does it could not be made.
public enum TextEncoderError: Error, Sendable, CustomStringConvertible {
    /// A text is empty, too long or cannot be split into tokens.
    case unusable(text: String, encoder: String, reason: String)
    /// The numbers of a configuration make no tower.
    case configuration(encoder: String, reason: String)
    /// Weights cannot be read, or are of another network.
    case weights(file: String, reason: String)
    /// There is no vocabulary, or it is no good.
    case vocabulary(TokenizerError)
    /// A prompt template has no place for a name.
    case template(String, reason: String)
    /// A name that is not among those that are known.
    case unknownName(String, known: [String])

    public var description: String {
        switch self {
        case .unusable(let text, let encoder, let reason): "text encoder \(encoder): \"\(text.prefix(80))\" \(reason)"
        case .configuration(let encoder, let reason): "text encoder \(encoder): \(reason)"
        case .weights(let file, let reason): "\(file): \(reason)"
        case .vocabulary(let error): "\(error)"
        case .template(let template, let reason): "prompt template \"\(template.prefix(80))\": \(reason)"
        case .unknownName(let name, let known):
            "there is no name \"\(name.prefix(80))\" among the \(known.count) that are known: "
                + known.prefix(20).joined(separator: ", ")
        }
    }
}
