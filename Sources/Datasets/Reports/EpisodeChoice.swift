internal import TensorCore

/// The third of the episodes that one is chosen from.
public enum EpisodeRank: String, Sendable, Codable, CaseIterable {
    /// Of the highest IoU.
    case best
    /// Around the median.
    case median
    /// Of the lowest IoU.
    case worst
}

/// Which episodes are shown.
public enum EpisodeChoice {
    /// A third each of the best, the middle and the worst, best first, without repeats.
    ///
    /// - Returns: positions in `scores`.
    public static func extremes(of scores: [Double], count: Int) -> [Int] {
        ranked(scores, count: count).map(\.index)
    }

    /// What ``extremes(of:count:)`` chooses, with the third that each belongs to.
    public static func ranked(_ scores: [Double], count: Int) -> [(rank: EpisodeRank, index: Int)] {
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        let shown = min(max(count, 0), order.count)
        let (worst, middle) = ((shown + 1) / 3, shown / 3)
        let best = shown - worst - middle
        let start = max(best, (order.count - middle) / 2)
        return order.prefix(best).map { (.best, $0) } + order[start..<(start + middle)].map { (.median, $0) }
            + order.suffix(worst).map { (.worst, $0) }
    }
}

extension FewShotDataset {
    /// The list in an order to draw episodes from: mixed, because samplers walk through it and training lists are often sorted by
    /// class, and without classes that have too few images for an episode.
    ///
    /// - Precondition: `seed` is one of NumPy's.
    public func shuffledItems(shots: Int, seed: UInt64) -> [DatasetItem] {
        let counts = Dictionary(grouping: items, by: \.classID).mapValues(\.count)
        let usable = items.filter { counts[$0.classID, default: 0] > shots }
        var random = NumPyRandom(seed: seed)
        return random.permutation(usable.count).map { usable[$0] }
    }
}
