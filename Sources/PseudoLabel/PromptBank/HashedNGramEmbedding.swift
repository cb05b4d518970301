internal import TensorCore

/// Counts of words, pairs of words and parts of words, hashed into a short vector: an embedding that needs no file.
///
/// It knows nothing of meaning. Its cosine says how many words two prompts have in common, so "a dog" and "a puppy" are strangers
/// to it and "a dog on a beach" and "a beach on a dog" nearly the same. That suffices to refuse prompts of a grammar that differ
/// in one word; where the meaning counts, take ``TextEncoderEmbedding``.
public struct HashedNGramEmbedding: PromptEmbedding, Hashable {
    /// The length of a vector.
    public let dimension: Int

    /// - Precondition: the dimension is 16...65536.
    public init(dimension: Int = 512) {
        precondition((16...65536).contains(dimension), "HashedNGramEmbedding: dimension must be 16...65536, found \(dimension)")
        self.dimension = dimension
    }

    public var identity: String { "hashed n-grams 1, \(dimension)" }

    public func embeddings(_ prompts: [String]) throws -> [[Float]] {
        try prompts.map { prompt in try normalized(vector(prompt), prompt: prompt) }
    }

    private func vector(_ prompt: String) -> [Float] {
        let words = prompt.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        var vector = [Float](repeating: 0, count: dimension)
        func add(_ feature: String, _ weight: Float) {
            let hash = Self.hash(feature)
            // Signed, so that features which fall together cancel out in the mean and do not look alike.
            vector[Int(hash % UInt64(dimension))] += hash >> 63 == 0 ? weight : -weight
        }
        for word in words {
            add("w " + word, 1)
            let letters = Array("<" + word + ">")
            for start in 0..<max(letters.count - 2, 0) { add("t " + String(letters[start..<(start + 3)]), 0.25) }
        }
        for (first, second) in zip(words, words.dropFirst()) { add("p \(first) \(second)", 0.5) }
        return vector
    }

    /// FNV-1a of 64 bits, mixed once more: the same on every platform, which `Hasher` is not.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        return hash ^ (hash >> 33)
    }
}
