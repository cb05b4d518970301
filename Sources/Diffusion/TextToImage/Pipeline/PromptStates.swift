public import SegModels
public import TensorCore

/// Prompts as what a denoiser attends to: tokens of a fixed number, through CLIP's text tower.
public struct PromptStates: PromptEncoder {
    /// The tower.
    public let tower: CLIPTextTower
    /// What prompts are split by.
    public let tokenizer: CLIPTokenizer
    /// The token that fills up short prompts.
    public let padding: Int

    /// Puts tower and tokenizer together.
    ///
    /// - Throws: ``TextToImageError/text(_:)`` for a vocabulary of another size than the tower's.
    public init(
        tower: CLIPTextTower, tokenizer: CLIPTokenizer, padding: Int? = nil
    ) throws(TextToImageError) {
        guard tokenizer.vocabulary.count == tower.shape.vocabulary else {
            let vocabulary = tokenizer.vocabulary
            throw .text(
                .vocabulary(.size(source: vocabulary.source, found: vocabulary.count, expected: tower.shape.vocabulary)))
        }
        self.tower = tower
        self.tokenizer = tokenizer
        self.padding = padding ?? tokenizer.vocabulary.endToken
    }

    public var contextWidth: Int { tower.shape.width }
    public var modules: [any Module] { [tower] }

    public func vocabularyDigests() -> [String] { [tokenizer.vocabulary.digest, "\(padding)"] }

    public func encoded(_ prompts: [String]) -> EncodedPrompts {
        var sequences: [[Int]] = []
        var remarks: [String] = []
        let places = tower.shape.context
        for prompt in prompts {
            let (tokens, omitted) = tokenizer.sequence(of: prompt, length: places, padding: padding)
            sequences.append(tokens)
            guard omitted > 0 else { continue }
            remarks.append(
                "the prompt \"\(prompt.prefix(40))...\" has \(places - 2 + omitted) tokens; only its first \(places - 2) count")
        }
        return EncodedPrompts(context: tower(sequences).last, remarks: remarks)
    }
}
