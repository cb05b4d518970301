import PseudoLabel

/// A prompt embedding: how often a prompt has each letter.
struct Letters: PromptEmbedding {
    let identity = "letters"

    func embeddings(_ prompts: [String]) -> [[Float]] {
        prompts.map { prompt in
            let counts = "abcdefghijklmnopqrstuvwxyz".map { letter in Float(prompt.count(where: { $0 == letter })) }
            let length = counts.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return counts.map { $0 / max(length, 1) }
        }
    }
}
