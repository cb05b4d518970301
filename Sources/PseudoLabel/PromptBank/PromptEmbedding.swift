public import SegModels
internal import TensorCore

/// Turns prompts into vectors of length one whose cosine says how alike they are: φ of Syn4Seg.
///
/// The text uses "the text encoder" of Stable Diffusion 3.5 and does not say which of its three, nor how it is pooled; any encoder
/// is good that stays the same within a bank.
public protocol PromptEmbedding: Sendable {
    /// What it is, with everything that decides its vectors; a bank holds those of one only.
    var identity: String { get }

    /// The vectors of prompts, each of length one.
    ///
    /// - Throws: what keeps a prompt from having one.
    func embeddings(_ prompts: [String]) throws -> [[Float]]
}

/// A text that has no direction.
public struct PromptEmbeddingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text.
    public var prompt: String
    /// What is wrong with its vector.
    public var reason: String

    public var description: String { "prompt \"\(prompt.prefix(80))\": \(reason); word it otherwise or use another encoder" }
}

/// The vectors of a `TextEncoder` such as CLIP's, at length one.
public struct TextEncoderEmbedding: PromptEmbedding {
    private let encoder: any TextEncoder
    public let identity: String

    /// Adapts an encoder; its weights are read once, to name them.
    public init(_ encoder: any TextEncoder) {
        self.encoder = encoder
        identity = "\(encoder.name) \(encoder.space) \(encoder.contentDigest.prefix(16))"
    }

    public func embeddings(_ prompts: [String]) throws -> [[Float]] {
        if prompts.isEmpty { return [] }
        let rows = try withoutGradients { try encoder.encoded(prompts).converted(to: .float32).scalars }
        let width = rows.count / prompts.count
        return try prompts.enumerated().map { index, prompt in
            try normalized(Array(rows[(index * width)..<((index + 1) * width)]), prompt: prompt)
        }
    }
}

/// A vector at length one.
///
/// - Throws: ``PromptEmbeddingError`` for one without a direction.
func normalized(_ vector: [Float], prompt: String) throws(PromptEmbeddingError) -> [Float] {
    let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length.isFinite, length > 0 else {
        throw PromptEmbeddingError(prompt: prompt, reason: length == 0 ? "its vector is zero" : "its vector is not finite")
    }
    return vector.map { Float(Double($0) / length) }
}
