internal import TensorCore

/// How test episodes are drawn from a list.
public enum EpisodeProtocol: String, Sendable, Codable, CaseIterable {
    /// Query `items[i mod n]`; supports drawn without replacement from the other images of its class.
    ///
    /// Generator: TensorCore's `NumPyRandom` seeded once. For each support a partial Fisher-Yates step over the images of
    /// the class in list order, the query left out: position `k` is swapped with `k + interval(count - 1 - k)`.
    case vocUniform = "voc-uniform"
    /// The exact test episodes of HSNet on PASCAL-5i (`data/pascal.py` there): query `items[i mod n]`; supports drawn
    /// one by one from all images of the class until the query is not met, so that supports may repeat.
    case hsnet
    /// The exact test episodes of HSNet on COCO-20i (`data/coco.py` there): class, then query, then supports.
    case hsnetCOCO = "hsnet-coco"

    /// Rises whenever the same list and seed give other episodes.
    public var version: Int { 1 }
}

/// Draws the test episodes of a protocol; the same list, seed and counts give the same episodes everywhere.
public struct EpisodeSampler: Sendable {
    /// The way of drawing.
    public var episodeProtocol: EpisodeProtocol
    /// The seed; published HSNet results use 0.
    public var seed: UInt64

    /// A sampler of a protocol.
    public init(_ episodeProtocol: EpisodeProtocol, seed: UInt64 = 0) {
        self.episodeProtocol = episodeProtocol
        self.seed = seed
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
        let pools = try ClassPools(items, shots: shots, repeats: episodeProtocol != .vocUniform)
        var random = NumPyRandom(seed: seed)
        return (0..<count).map { index in
            switch episodeProtocol {
            case .vocUniform:
                let item = items[index % items.count]
                return pools.episode(for: item, shots: shots, random: &random)
            case .hsnet:
                return pools.hsnetEpisode(for: items[index % items.count], shots: shots, random: &random)
            case .hsnetCOCO:
                let classID = pools.classIDs[random.choice(below: pools.classIDs.count)]
                let pool = pools.ids(classID)
                let item = DatasetItem(id: pool[random.choice(below: pool.count)], classID: classID)
                return pools.hsnetEpisode(for: item, shots: shots, random: &random)
            }
        }
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

/// The images of each class in list order.
private struct ClassPools: Sendable {
    /// In ascending order.
    let classIDs: [Int]
    private let pools: [Int: [String]]
    private let uniquePools: [Int: [String]]

    init(_ items: [DatasetItem], shots: Int, repeats: Bool) throws(DatasetError) {
        guard !items.isEmpty else {
            throw DatasetError(
                file: "list", found: "no item", expected: "at least one image", advice: "check how the list was made")
        }
        var pools: [Int: [String]] = [:]
        for item in items { pools[item.classID, default: []].append(item.id) }
        self.pools = pools
        classIDs = pools.keys.sorted()
        uniquePools = pools.mapValues { ids in
            var seen: Set<String> = []
            return ids.filter { seen.insert($0).inserted }
        }
        let needed = repeats ? min(shots, 1) : shots
        for classID in classIDs where (uniquePools[classID] ?? []).count <= needed {
            throw DatasetError(
                file: "list", place: "class \(classID)", found: "\((uniquePools[classID] ?? []).count) images",
                expected: "at least \(needed + 1) for \(shots) supports and a query",
                advice: "add images of the class or use fewer shots")
        }
    }

    func ids(_ classID: Int) -> [String] { pools[classID] ?? [] }

    func episode(for item: DatasetItem, shots: Int, random: inout NumPyRandom) -> EpisodeReference {
        var candidates = (uniquePools[item.classID] ?? []).filter { $0 != item.id }
        for position in 0..<shots {
            let offset = random.interval(candidates.count - 1 - position)
            candidates.swapAt(position, position + offset)
        }
        return EpisodeReference(
            query: item.id, classID: item.classID, supports: Array(candidates.prefix(shots)))
    }

    func hsnetEpisode(for item: DatasetItem, shots: Int, random: inout NumPyRandom) -> EpisodeReference {
        let pool = ids(item.classID)
        var supports: [String] = []
        while supports.count < shots {
            let id = pool[random.choice(below: pool.count)]
            if id != item.id { supports.append(id) }
        }
        return EpisodeReference(query: item.id, classID: item.classID, supports: supports)
    }
}
