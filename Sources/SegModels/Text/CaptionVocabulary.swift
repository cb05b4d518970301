/// A byte-pair vocabulary in CLIP's form, made for a list of words: each of them is one token, any other text is spelled.
public enum CaptionVocabulary {
    /// The text of a `merges.txt`, for ``BytePairVocabulary``.
    ///
    /// Words are taken in order. Merges of later words have higher ranks, so that they never come before those that make an earlier word
    /// whole.
    public static func merges(for words: [String]) -> String {
        var merges: [Pair] = []
        var ranks: [Pair: Int] = [:]
        for word in words where !word.isEmpty {
            var pieces = Self.pieces(of: word, ranks)
            while pieces.count > 1 {
                let pair = Pair(left: pieces[0], right: pieces[1])
                ranks[pair] = merges.count
                merges.append(pair)
                pieces = Self.pieces(of: word, ranks)
            }
        }
        return "#version: 0.2\n" + merges.map { "\($0.left) \($0.right)\n" }.joined()
    }

    private struct Pair: Hashable {
        var left: String
        var right: String
    }

    /// What a word is split into by merges of lower ranks first.
    private static func pieces(of word: String, _ ranks: [Pair: Int]) -> [String] {
        var pieces = word.map(String.init)
        pieces[pieces.count - 1] += "</w>"
        while true {
            let pairs = zip(pieces, pieces.dropFirst()).map { Pair(left: $0, right: $1) }
            let best = pairs.enumerated().compactMap { place, pair in ranks[pair].map { (rank: $0, place: place) } }
                .min { ($0.rank, $0.place) < ($1.rank, $1.place) }
            guard let best else { return pieces }
            pieces.replaceSubrange(best.place...(best.place + 1), with: [pieces[best.place] + pieces[best.place + 1]])
        }
    }
}
