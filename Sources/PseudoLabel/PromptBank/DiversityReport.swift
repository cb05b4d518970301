public import SegModels

/// How similarities are spread.
public struct SimilaritySummary: Sendable, Hashable, Codable {
    /// How many there are.
    public let count: Int
    /// Their mean.
    public let mean: Double
    /// The largest.
    public let maximum: Double
    /// The 10th, 50th and 90th percentile, interpolated linearly.
    public let deciles: [Double]
    private let sorted: [Double]

    /// nil for none.
    init?(_ values: [Double]) {
        guard let maximum = values.max() else { return nil }
        (count, self.maximum, sorted) = (values.count, maximum, values.sorted())
        mean = values.reduce(0, +) / Double(values.count)
        let ordered = sorted
        deciles = [0.1, 0.5, 0.9].map { Self.percentile($0, of: ordered) }
    }

    /// A percentile, interpolated linearly between its neighbours.
    ///
    /// - Precondition: the share is in 0...1.
    public func percentile(_ share: Double) -> Double {
        precondition((0...1).contains(share), "SimilaritySummary: percentile must be 0...1, found \(share)")
        return Self.percentile(share, of: sorted)
    }

    private static func percentile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }
}

/// How diverse a bank is, beside prompts of the class name alone.
public struct DiversityReport: Sendable, Hashable, Codable {
    /// The measurements of a set of prompts.
    public struct Part: Sendable, Hashable, Codable {
        /// The number of prompts.
        public let count: Int
        /// Each prompt's cosine with the prompt nearest to it: lower is more diverse. Nil for fewer than two prompts.
        public let nearestNeighbour: SimilaritySummary?
        /// The mean cosine of held-out candidates with the prompt nearest to each: higher covers more of what can be said. Nil
        /// without candidates or prompts.
        public let coverage: Double?
    }

    /// The bank.
    public let bank: Part
    /// As many prompts of the class name alone.
    public let classNamePrompts: Part

    /// Compares embeddings, all of length one.
    ///
    /// - Parameters:
    ///   - bank: those of the accepted prompts.
    ///   - classNamePrompts: those of the class name's sentences.
    ///   - heldOut: those of candidates that were not offered to the bank.
    public init(bank: [[Float]], classNamePrompts: [[Float]], heldOut: [[Float]]) {
        self.bank = Self.part(bank, heldOut)
        self.classNamePrompts = Self.part(classNamePrompts, heldOut)
    }

    /// Measures a bank.
    ///
    /// The class name's sentences are as many as the bank has prompts, or all of the templates, whichever is fewer.
    ///
    /// - Parameters:
    ///   - bank: the bank; held-out prompts that it has accepted or refused are left out.
    ///   - heldOut: candidates, such as the next of a ``PromptGrammar``.
    /// - Throws: what the embedding throws.
    public init(
        _ bank: PromptBank, embedding: some PromptEmbedding, heldOut: [String], templates: PromptTemplates = .imageNet
    ) throws {
        let known = Set(bank.prompts).union(bank.refusals.map(\.prompt))
        let names = Array(templates.sentences(of: bank.className).prefix(max(bank.entries.count, 2)))
        self.init(
            bank: bank.entries.map(\.embedding), classNamePrompts: try embedding.embeddings(names),
            heldOut: try embedding.embeddings(heldOut.filter { !known.contains($0) }))
    }

    /// Each embedding's largest cosine with another one; none for fewer than two.
    static func nearestNeighbours(_ embeddings: [[Float]]) -> [Double] {
        guard embeddings.count > 1 else { return [] }
        var best = [Double](repeating: -.infinity, count: embeddings.count)
        for first in embeddings.indices {
            for second in (first + 1)..<embeddings.count {
                let similarity = cosine(embeddings[first], embeddings[second])
                best[first] = max(best[first], similarity)
                best[second] = max(best[second], similarity)
            }
        }
        return best
    }

    private static func part(_ prompts: [[Float]], _ heldOut: [[Float]]) -> Part {
        let nearest = heldOut.compactMap { candidate in prompts.map { cosine($0, candidate) }.max() }
        let coverage = nearest.isEmpty ? nil : nearest.reduce(0, +) / Double(nearest.count)
        return Part(
            count: prompts.count, nearestNeighbour: SimilaritySummary(nearestNeighbours(prompts)), coverage: coverage)
    }
}
