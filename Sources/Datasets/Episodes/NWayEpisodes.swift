internal import TensorCore

/// An N-way episode by ids: one query, asked for several classes at once, each with supports of its own.
public struct NWayReference: Sendable, Hashable, Codable {
    /// One episode a class, in ascending order of the ids, all of one query; at least one holds its class.
    public let episodes: [EpisodeReference]

    /// Joins episodes.
    ///
    /// - Throws: ``DatasetError`` for none, different queries, and a class that occurs twice.
    public init(_ episodes: [EpisodeReference]) throws(DatasetError) {
        let (queries, classes) = (Set(episodes.map(\.query)), Set(episodes.map(\.classID)))
        guard queries.count == 1, classes.count == episodes.count else {
            throw DatasetError(
                file: "N-way episode",
                found: "\(episodes.count) episodes of \(queries.count) queries and \(classes.count) classes",
                expected: "one query, and every class once", advice: "join episodes of one query")
        }
        self.episodes = episodes.sorted { $0.classID < $1.classID }
    }

    /// The image to segment.
    public var query: String { episodes[0].query }

    /// `query class support1 ... supportK class support1 ... supportK`.
    public var line: String {
        ([query] + episodes.flatMap { [String($0.classID)] + $0.supports }).joined(separator: " ")
    }

    /// The SHA-256 digest of all lines, as ``EpisodeReference/hash(of:)`` has it.
    public static func hash(of episodes: [NWayReference]) -> String {
        SHA256.hex(episodes.map(\.line).joined(separator: "\n"))
    }
}

/// Draws N-way episodes: the one-way episodes of a sampler, and to each the supports of further classes.
///
/// The further classes are drawn without replacement, each with supports without replacement that are not the query; which of all the
/// classes the query shows is looked up in its masks. Everything but the one-way episodes follows from seed and place.
public struct NWaySampler: Sendable {
    /// Rises whenever the same arguments give other episodes.
    public static let version = 1

    /// Classes an episode, from 1 on.
    public var ways: Int
    /// What draws query, class and supports.
    public var sampler: EpisodeSampler

    /// A sampler of `ways` classes.
    public init(ways: Int, _ sampler: EpisodeSampler) {
        self.ways = ways
        self.sampler = sampler
    }

    /// Adds further classes to one-way episodes that are drawn.
    ///
    /// - Throws: ``DatasetError`` for more ways than the list has classes, a class with too few images, and whatever the dataset throws.
    public func episodes(
        from dataset: any FewShotDataset, items: [DatasetItem]? = nil, shots: Int, count: Int
    ) throws -> [NWayReference] {
        let items = items ?? dataset.items
        return try widened(try sampler.episodes(from: items, shots: shots, count: count), in: dataset, items: items)
    }

    /// Adds further classes to one-way episodes.
    ///
    /// - Parameters:
    ///   - single: the episodes, all with as many supports.
    ///   - dataset: tells which classes a query shows.
    ///   - items: the list that further classes and their supports are drawn from, nil for the dataset's.
    /// - Throws: ``DatasetError`` for more ways than the list has classes, a class with too few images, and whatever the dataset throws.
    public func widened(
        _ single: [EpisodeReference], in dataset: any FewShotDataset, items: [DatasetItem]? = nil
    ) throws -> [NWayReference] {
        let shots = single.first?.supports.count ?? 0
        let pools = try ClassPools(items ?? dataset.items, shots: shots, repeats: false)
        guard (1...pools.classIDs.count).contains(ways) else {
            throw DatasetError(
                file: dataset.name, found: "\(ways) ways", expected: "1...\(pools.classIDs.count), as the list has classes",
                advice: "ask for fewer classes an episode")
        }
        var images = QueryImages(dataset)
        return try single.enumerated().map { index, episode in
            var random = NumPyRandom(seed: SHA256.digestPrefix("n-way \(sampler.seed) \(index)"))
            var others = pools.classIDs.filter { $0 != episode.classID }
            var parts = [episode]
            for position in 0..<(ways - 1) {
                others.swapAt(position, position + random.interval(others.count - 1 - position))
                let classID = others[position]
                let supports = pools.supports(shots, ofClass: classID, without: [episode.query], random: &random)
                let holds = try images.holds(classID, in: episode.query)
                parts.append(
                    EpisodeReference(query: episode.query, classID: classID, supports: supports, holdsClass: holds))
            }
            return try NWayReference(parts)
        }
    }
}
