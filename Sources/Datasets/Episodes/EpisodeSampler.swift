internal import TensorCore

/// How the supports of an episode are drawn, where it is not as the way of drawing has it.
public enum SupportRule: String, Sendable, Codable, CaseIterable {
    /// As the way of drawing has it; HSNet's supports may repeat, and those of five shots are not those of one.
    case asDrawn = "as-drawn"
    /// Nested, without repeats: queries and first supports are those of one shot, and every further support is another image. The K
    /// supports of an episode contain those of K - 1, whatever K is.
    case nested
    /// Nested, with repeats: a further support may be one that is there, as in HSNet.
    case nestedRepeats = "nested-repeats"
}

/// Draws the test episodes of a protocol; the same list, seed and counts give the same episodes everywhere.
public struct EpisodeSampler: Sendable {
    /// The way of drawing.
    public var episodeProtocol: EpisodeProtocol
    /// The seed; published HSNet results use 0.
    public var seed: UInt64
    /// How supports are drawn.
    public var supports: SupportRule

    /// A sampler of a protocol.
    public init(_ episodeProtocol: EpisodeProtocol, seed: UInt64 = 0, supports: SupportRule = .asDrawn) {
        self.episodeProtocol = episodeProtocol
        self.seed = seed
        self.supports = supports
    }

    /// Draws `count` episodes of `shots` supports.
    ///
    /// - Throws: ``DatasetError`` when the list is empty, a class has too few images, or the seed is none of NumPy's.
    public func episodes(
        from items: [DatasetItem], shots: Int, count: Int
    ) throws(DatasetError) -> [EpisodeReference] {
        guard shots >= 0 && count >= 0 else {
            throw DatasetError(
                file: "episode sampler", found: "\(shots) shots and \(count) episodes",
                expected: "no negative number", advice: "correct the options")
        }
        guard NumPyRandom.seeds.contains(seed) else {
            throw DatasetError(
                file: "episode sampler", found: "the seed \(seed)", expected: "a seed of NumPy, at most \(UInt32.max)",
                advice: "choose another seed")
        }
        let drawing = episodeProtocol.drawing
        if supports == .asDrawn { return try drawing.episodes(from: items, shots: shots, count: count, seed: seed) }
        let pools = try ClassPools(items, shots: shots, repeats: supports == .nestedRepeats)
        let single = try drawing.episodes(from: items, shots: 1, count: count, seed: seed)
        return single.enumerated().map { index, episode in
            var random = NumPyRandom(seed: SHA256.digestPrefix("nested \(seed) \(index)"))
            return nested(episode, shots: shots, pools, &random)
        }
    }

    /// An episode of one support with `shots` of them: a further one is drawn by a number that does not depend on how many follow.
    private func nested(
        _ episode: EpisodeReference, shots: Int, _ pools: ClassPools, _ random: inout NumPyRandom
    ) -> EpisodeReference {
        var episode = episode
        var candidates = pools.uniqueIDs(episode.classID).filter { $0 != episode.query }
        while episode.supports.count < shots {
            if supports == .nested { candidates.removeAll { $0 == episode.supports.last } }
            episode.supports.append(candidates[random.interval(candidates.count - 1)])
        }
        episode.supports = Array(episode.supports.prefix(shots))
        return episode
    }
}

/// An endless, seeded stream of training episodes in which every episode follows from its index alone.
///
/// So a trainer that stores the index resumes with the very next episode, whatever happened in between.
public struct TrainingEpisodes: Sendable {
    private let items: [DatasetItem]
    private let pools: ClassPools
    private let shots: Int
    private let seed: UInt64

    /// A stream over the items of a training list.
    ///
    /// - Throws: ``DatasetError`` when the list is empty or a class has too few images.
    public init(items: [DatasetItem], shots: Int, seed: UInt64) throws(DatasetError) {
        pools = try ClassPools(items, shots: shots, repeats: false)
        self.items = items
        self.shots = shots
        self.seed = seed
    }

    /// The episode of an index: the list is walked through in a new random order each epoch, the supports are drawn
    /// without replacement from the other images of the query's class.
    public subscript(index: Int) -> EpisodeReference {
        let epoch = index / items.count
        var order = NumPyRandom(seed: SHA256.digestPrefix("order \(seed) \(epoch)"))
        let item = items[order.permutation(items.count)[index % items.count]]
        var random = NumPyRandom(seed: SHA256.digestPrefix("supports \(seed) \(index)"))
        return pools.episode(for: item, shots: shots, random: &random)
    }
}
