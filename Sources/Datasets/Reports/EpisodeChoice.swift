internal import TensorCore

/// Which episodes are shown.
public enum EpisodeChoice {
    /// A third each of the best, the middle and the worst, best first, without repeats.
    ///
    /// - Returns: positions in `scores`.
    public static func extremes(of scores: [Double], count: Int) -> [Int] {
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        if order.count <= count { return order }
        let (worst, middle) = ((count + 1) / 3, count / 3)
        let start = (order.count - middle) / 2
        let chosen = order.prefix(count - worst - middle) + order[start..<(start + middle)] + order.suffix(worst)
        return Array(chosen).uniqued
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
