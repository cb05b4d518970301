internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// Where prompts come from, as a command or a file says it.
public enum ProposerChoice: Codable, Hashable, Sendable {
    /// The offline grammar.
    case grammar
    /// One prompt that says nothing but the class name: what the bank is compared with.
    case className
    /// A text with one prompt a line.
    case file(String)
    /// A language model: the address before `/chat/completions`, the model's name, and the environment variable with the key.
    case chat(base: String, model: String, keyVariable: String?)

    /// The proposer.
    ///
    /// - Throws: `DatasetError` for a file, ``EndpointError`` for an address.
    func proposer(_ settings: PromptStage.Settings) throws -> any PromptProposer {
        switch self {
        case .grammar: try PromptGrammar(seed: UInt32(clamping: settings.grammarSeed))
        case .className: ClassNamePrompt()
        case .file(let path): try PromptFile(URL(fileURLWithPath: path))
        case .chat(let base, let model, let keyVariable):
            try ChatProposer(
                base: base, model: model, keyVariable: keyVariable, temperature: settings.chat.temperature,
                timeout: settings.chat.timeout, attempts: settings.chat.attempts)
        }
    }
}

/// "a photo of a {}", and nothing else: direct use of the class name.
public struct ClassNamePrompt: PromptProposer {
    /// The only proposer of its kind.
    public init() {}

    public var identity: String { "class name" }

    public func proposals(_ request: PromptRequest) -> [String] {
        let prompt = "a photo of a \(request.className)"
        return request.accepted.contains(prompt) || request.refused.contains(prompt) ? [] : [prompt]
    }
}

/// What turns prompts into vectors, as a command or a file says it.
public enum PromptEncoderChoice: Codable, Hashable, Sendable {
    /// Counts of words, which needs no file.
    case hashed
    /// CLIP's text tower in a file of weights, with its vocabulary beside it or in a file of its own.
    case clip(weights: String, vocabulary: String?)

    /// The embedding.
    ///
    /// - Throws: `TextEncoderError` for files that are no text tower or no vocabulary.
    func embedding() throws -> any PromptEmbedding {
        switch self {
        case .hashed: HashedNGramEmbedding()
        case .clip(let weights, let vocabulary):
            TextEncoderEmbedding(
                try CLIPTextEncoder.load(
                    weights: URL(fileURLWithPath: weights), vocabulary: vocabulary.map { URL(fileURLWithPath: $0) }))
        }
    }
}
