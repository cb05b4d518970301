/// Prompts of one novel class of which no two mean nearly the same (Syn4Seg, HDIG): what its synthetic images are made from.
///
/// A candidate p is compared with every prompt u that was accepted before it, s = max over u of φ(p)ᵀu with normalised text
/// embeddings φ, and accepted where s < λ. What was refused is kept with its s, so that a bank explains itself and goes on where
/// it stopped.
public struct PromptBank: Sendable, Hashable {
    /// λ where nobody measures one: the text gives no number.
    ///
    /// See ``calibratedThreshold(of:percentile:)`` for how to find that of an encoder.
    public static let defaultThreshold = 0.90

    /// An accepted prompt.
    public struct Entry: Sendable, Hashable {
        /// The prompt.
        public var prompt: String
        /// s when it was accepted; nil for the first.
        public var similarity: Double?
        /// φ, of length one.
        public var embedding: [Float]
    }

    /// A refused prompt.
    public struct Refusal: Sendable, Hashable {
        /// The prompt.
        public var prompt: String
        /// s: at least λ.
        public var similarity: Double
        /// The number of the accepted prompt that it is most like.
        public var nearest: Int
        /// How many prompts had been accepted by then.
        public var accepted: Int
    }

    /// The class.
    public let className: String
    /// λ: a candidate as similar as this, or more, is refused.
    public let threshold: Double
    /// What made the embeddings (``PromptEmbedding/identity``); empty where nobody says it.
    public let encoder: String
    /// What was accepted, in order.
    public private(set) var entries: [Entry] = []
    /// What was refused, in order.
    public private(set) var refusals: [Refusal] = []

    /// An empty bank.
    public init(className: String, threshold: Double = PromptBank.defaultThreshold, encoder: String = "") {
        (self.className, self.threshold, self.encoder) = (className, threshold, encoder)
    }

    /// A bank as a file has it; the caller has checked it.
    init(className: String, threshold: Double, encoder: String, entries: [Entry], refusals: [Refusal]) {
        self.init(className: className, threshold: threshold, encoder: encoder)
        (self.entries, self.refusals) = (entries, refusals)
    }

    /// The accepted prompts, in order.
    public var prompts: [String] { entries.map(\.prompt) }

    /// How many candidates in a row were refused last.
    public var refusedInARow: Int { refusals.reversed().prefix { $0.accepted == entries.count }.count }

    /// s of an embedding: its largest cosine with an accepted one; nil in an empty bank.
    ///
    /// - Parameter embedding: of length one and as many numbers as those of the bank.
    public func similarity(_ embedding: [Float]) -> Double? { nearest(embedding)?.similarity }

    /// The accepted prompt that an embedding is most like, the earlier of equals; nil in an empty bank.
    func nearest(_ embedding: [Float]) -> (index: Int, similarity: Double)? {
        var best: (index: Int, similarity: Double)?
        for (index, entry) in entries.enumerated() {
            let similarity = cosine(entry.embedding, embedding)
            if best.map({ similarity > $0.similarity }) ?? true { best = (index, similarity) }
        }
        return best
    }

    /// Accepts a candidate where it is new enough, and keeps it among the refusals where it is not.
    ///
    /// - Returns: whether it was accepted, and its s.
    @discardableResult
    public mutating func offer(_ prompt: String, embedding: [Float]) -> (accepted: Bool, similarity: Double?) {
        guard let nearest = nearest(embedding) else {
            entries.append(Entry(prompt: prompt, similarity: nil, embedding: embedding))
            return (true, nil)
        }
        guard nearest.similarity < threshold else {
            let refusal = Refusal(
                prompt: prompt, similarity: nearest.similarity, nearest: nearest.index, accepted: entries.count)
            refusals.append(refusal)
            return (false, nearest.similarity)
        }
        entries.append(Entry(prompt: prompt, similarity: nearest.similarity, embedding: embedding))
        return (true, nearest.similarity)
    }
}

/// φᵀφ′ of two embeddings of length one, summed in double precision.
func cosine(_ left: [Float], _ right: [Float]) -> Double {
    precondition(left.count == right.count, "cosine: \(left.count) numbers against \(right.count)")
    var sum = 0.0
    for index in left.indices { sum += Double(left[index]) * Double(right[index]) }
    return sum
}
