/// Prompts of one novel class of which no two mean nearly the same (Syn4Seg, HDIG): what its synthetic images are made from.
///
/// A candidate p is compared with every prompt u that was accepted before it, s = max over u of φ(p)ᵀu with normalised text
/// embeddings φ, and accepted where s < λ.
public struct PromptBank: Sendable, Hashable, Codable {
    /// An accepted prompt.
    public struct Entry: Sendable, Hashable, Codable {
        /// The prompt.
        public var prompt: String
        /// s when it was accepted; nil for the first.
        public var similarity: Double?
        /// φ, of length one.
        public var embedding: [Float]
    }

    /// The class.
    public let className: String
    /// λ: a candidate as similar as this, or more, is refused.
    public let threshold: Double
    /// What was accepted, in order.
    public private(set) var entries: [Entry] = []

    /// An empty bank.
    public init(className: String, threshold: Double) { (self.className, self.threshold) = (className, threshold) }

    /// s of an embedding: its largest cosine with an accepted one; nil in an empty bank.
    ///
    /// - Parameter embedding: of length one and as many numbers as those of the bank.
    public func similarity(_ embedding: [Float]) -> Double? {
        entries.map { entry in zip(entry.embedding, embedding).reduce(0) { $0 + Double($1.0) * Double($1.1) } }.max()
    }

    /// Accepts a candidate where it is new enough.
    ///
    /// - Returns: whether it was accepted, and its s.
    @discardableResult
    public mutating func offer(_ prompt: String, embedding: [Float]) -> (accepted: Bool, similarity: Double?) {
        let similarity = similarity(embedding)
        guard similarity.map({ $0 < threshold }) ?? true else { return (false, similarity) }
        entries.append(Entry(prompt: prompt, similarity: similarity, embedding: embedding))
        return (true, similarity)
    }
}
