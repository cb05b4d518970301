internal import TensorCore

/// Episodes whose query does not show the class: a segmenter should say that there is nothing to find.
///
/// Each is the twin of an episode that is asked anyway: class and supports are the same, the query is another image of the list, one
/// without a pixel of the class. So a score that tells the two apart looks at the query. The episodes of the protocol stay as they
/// are, and so do their hash and every score over them; the twins are a list of their own beside.
///
/// A twin follows from the seed, its place and its episode, whatever was drawn before: the same arguments give the same list.
public struct AbsentQueries: Sendable, Hashable, Codable {
    /// Rises whenever the same arguments give other episodes.
    public static let version = 1

    /// The share of twins among all episodes, 0...0.99; at 0.5 every episode has one.
    public var share: Double
    /// The seed of the queries.
    public var seed: UInt64

    /// A rule.
    public init(share: Double = 0.5, seed: UInt64 = 0) {
        self.share = share
        self.seed = seed
    }

    /// How many twins stand beside a number of episodes: `present * share / (1 - share)`, rounded.
    ///
    /// - Throws: ``DatasetError`` for a share that is none.
    public func count(beside present: Int) throws(DatasetError) -> Int {
        guard (0...0.99).contains(share) else {
            throw DatasetError(
                file: "episodes without the class", found: "a share of \(share)", expected: "0...0.99",
                advice: "correct the share")
        }
        return Int((Double(present) * share / (1 - share)).rounded())
    }

    /// Draws the twins of episodes, spread evenly over them.
    ///
    /// A query is drawn from the images of the dataset's list, in their order and each once: from those that are neither query nor
    /// support of the episode, the first of a random order whose mask of the class is empty. The masks decide and not the list, which may
    /// leave small objects out.
    ///
    /// - Parameters:
    ///   - present: the episodes, as a protocol draws them.
    ///   - dataset: the images and masks.
    /// - Throws: ``DatasetError`` for a share that is none, for an episode without a twin since every image shows its class, and
    ///   whatever the dataset throws.
    public func episodes(
        beside present: [EpisodeReference], in dataset: any FewShotDataset
    ) throws -> [EpisodeReference] {
        let count = try count(beside: present.count)
        var images = QueryImages(dataset)
        var drawn: Set<EpisodeReference> = []
        return try (0..<count).map { index in
            let episode = present[index * present.count / count]
            var random = NumPyRandom(seed: SHA256.digestPrefix("absent \(seed) \(index)"))
            let twin = try images.twin(of: episode, random: &random, without: drawn)
            drawn.insert(twin)
            return twin
        }
    }
}

/// The images of a list, and which of them show a class as far as that was asked.
struct QueryImages {
    private let dataset: any FewShotDataset
    /// Every image once, in list order.
    private let ids: [String]
    private var shows: [DatasetItem: Bool]

    init(_ dataset: any FewShotDataset) {
        self.dataset = dataset
        ids = dataset.items.map(\.id).uniqued
        shows = Dictionary(dataset.items.map { ($0, true) }) { first, _ in first }
    }

    /// Whether an image has a pixel of a class.
    mutating func holds(_ classID: Int, in id: String) throws -> Bool {
        let item = DatasetItem(id: id, classID: classID)
        if let known = shows[item] { return known }
        let found = try dataset.mask(of: classID, in: id).object.values.contains(true)
        shows[item] = found
        return found
    }

    /// The episode with a query that does not show its class.
    mutating func twin(
        of episode: EpisodeReference, random: inout NumPyRandom, without drawn: Set<EpisodeReference>
    ) throws -> EpisodeReference {
        let used = Set(episode.supports + [episode.query])
        var order = ids
        for position in order.indices {
            order.swapAt(position, position + random.interval(order.count - 1 - position))
            if used.contains(order[position]) { continue }
            let twin = EpisodeReference(
                query: order[position], classID: episode.classID, supports: episode.supports, holdsClass: false)
            if drawn.contains(twin) { continue }
            if try !holds(episode.classID, in: order[position]) { return twin }
        }
        throw DatasetError(
            file: dataset.name, place: "class \(episode.classID)", found: "no further image without the class",
            expected: "another query for the supports \(episode.supports.joined(separator: " "))",
            advice: "ask for a smaller share of episodes without the class, or add images")
    }
}
