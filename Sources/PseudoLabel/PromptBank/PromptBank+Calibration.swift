public import SegModels

extension PromptBank {
    /// λ for an encoder: how alike prompts are that say nothing but the class name.
    ///
    /// Encoders differ in how tightly their vectors lie: the pooled pair of Stable Diffusion 3.5 puts all sentences about a dog within
    /// a cosine of 0.8 or more, a bag of words does not. A fixed λ therefore refuses everything of one encoder and nothing of another.
    /// Sentences such as "a photo of a dog." and "a picture of the dog." are what HDIG wants no more of, so λ is set where most of
    /// them would be refused: to the 80th percentile of each one's cosine with its nearest neighbour. Above it lie the closest
    /// paraphrases only; a lower percentile makes a bank more diverse and exhausts the proposer earlier. Where nothing is measured,
    /// ``defaultThreshold`` holds.
    ///
    /// - Parameters:
    ///   - embeddings: of prompts of class names alone, each of length one.
    ///   - percentile: 0...1.
    /// - Returns: λ; nil for fewer than two embeddings.
    /// - Precondition: the percentile is in 0...1.
    public static func calibratedThreshold(of embeddings: [[Float]], percentile: Double = 0.8) -> Double? {
        precondition((0...1).contains(percentile), "calibratedThreshold: percentile must be 0...1, found \(percentile)")
        return SimilaritySummary(DiversityReport.nearestNeighbours(embeddings))?.percentile(percentile)
    }

    /// λ for an encoder and a class, from the sentences of its name.
    ///
    /// - Throws: what the embedding throws.
    public static func calibratedThreshold(
        className: String, embedding: some PromptEmbedding, templates: PromptTemplates = .imageNet, percentile: Double = 0.8
    ) throws -> Double? {
        let embeddings = try embedding.embeddings(templates.sentences(of: className))
        return calibratedThreshold(of: embeddings, percentile: percentile)
    }
}
