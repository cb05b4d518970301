/// Which pixels of a query a metric leaves out.
public enum IgnoreRule: String, Sendable, Codable, CaseIterable {
    /// Void pixels of the query do not count. In supports void is background (HSNet on PASCAL-5i).
    case void = "void pixels of the query do not count; void in supports is background"
    /// Every pixel counts, void being background (HSNet on COCO-20i, whose masks have no void).
    case nothing = "all pixels count"
}

/// Everything that has to be equal before two scores may stand in one table.
///
/// A named protocol sets all of it; whoever changes a value keeps the name, and ``changes`` says what was changed.
public struct EvaluationProtocol: Sendable, Hashable, Codable {
    /// The name ("voc-uniform", "hsnet").
    public var id: String
    /// Rises whenever the same list and settings give other scores of the same predictions.
    public var version: Int
    /// How episodes are drawn.
    public var sampling: EpisodeProtocol
    /// Where predictions are compared.
    public var space: IoUSpace
    /// What is not compared.
    public var ignoreRule: IgnoreRule
    /// Episodes of one repeat.
    public var episodes: Int
    /// Draws of all episodes with the seeds ``seed``, `seed + 1`, ...; their counts are added up.
    public var repeats: Int
    /// The seed of the first repeat.
    public var seed: UInt64
    /// From which probability on a pixel is foreground; 0.5 is the argmax of two classes.
    public var threshold: Float

    /// A protocol of one's own.
    public init(
        id: String, version: Int = 1, sampling: EpisodeProtocol, space: IoUSpace = .original, ignoreRule: IgnoreRule = .void,
        episodes: Int = 1000, repeats: Int = 1, seed: UInt64 = 0, threshold: Float = 0.5
    ) {
        self.id = id
        self.version = version
        self.sampling = sampling
        self.space = space
        self.ignoreRule = ignoreRule
        self.episodes = episodes
        self.repeats = repeats
        self.seed = seed
        self.threshold = threshold
    }

    /// The default: supports without repeats, the query's own resolution.
    public static let vocUniform = EvaluationProtocol(id: "voc-uniform", sampling: .vocUniform)

    /// HSNet on PASCAL-5i as published (`test.py` there): its 1000 episodes of seed 0, images as a square of 400, masks resized by
    /// nearest neighbour, void pixels of the query left out.
    public static let hsnet = EvaluationProtocol(id: "hsnet", sampling: .hsnet, space: .square(400))

    /// HSNet on COCO-20i as published: as ``hsnet``, with the episodes of its COCO lists and without void.
    public static let hsnetCOCO = EvaluationProtocol(
        id: "hsnet-coco", sampling: .hsnetCOCO, space: .square(400), ignoreRule: .nothing)

    /// The protocols that have a name.
    public static let named: [EvaluationProtocol] = [.vocUniform, .hsnet, .hsnetCOCO]

    /// A named protocol; nil for an unknown name.
    public init?(named name: String) {
        guard let found = Self.named.first(where: { $0.id == name }) else { return nil }
        self = found
    }

    /// What differs from the protocol of this name, "episodes 20" and so on; empty for the protocol itself and for an own one.
    public var changes: [String] {
        guard let original = EvaluationProtocol(named: id) else { return [] }
        var changes: [String] = []
        if sampling != original.sampling { changes.append("sampling \(sampling.rawValue)") }
        if space != original.space { changes.append("space \(space)") }
        if ignoreRule != original.ignoreRule { changes.append("ignore rule: \(ignoreRule.rawValue)") }
        if episodes != original.episodes { changes.append("episodes \(episodes)") }
        if repeats != original.repeats { changes.append("repeats \(repeats)") }
        if seed != original.seed { changes.append("seed \(seed)") }
        if threshold != original.threshold { changes.append("threshold \(threshold)") }
        return changes
    }

    /// Draws the episodes of all repeats.
    ///
    /// - Throws: ``DatasetError`` for numbers that make no protocol, an empty list, a class with too few images, a seed that NumPy
    ///   does not take.
    public func draw(from items: [DatasetItem], shots: Int) throws(DatasetError) -> [EpisodeReference] {
        guard episodes > 0, repeats > 0, (0...1).contains(threshold) else {
            throw DatasetError(
                file: "protocol \(id)", found: "\(episodes) episodes, \(repeats) repeats, threshold \(threshold)",
                expected: "positive numbers and a threshold in 0...1", advice: "correct the protocol")
        }
        var drawn: [EpisodeReference] = []
        for index in 0..<repeats {
            let sampler = EpisodeSampler(sampling, seed: seed &+ UInt64(index))
            drawn += try sampler.episodes(from: items, shots: shots, count: episodes)
        }
        return drawn
    }

    /// A loader of the protocol's episodes.
    public func loader(
        for dataset: any FewShotDataset, annotationRule: AnnotationRule = .mask, annotationSeed: UInt64 = 0,
        givesText: Bool = false
    ) -> EpisodeLoader {
        EpisodeLoader(
            dataset: dataset, annotationRule: annotationRule, annotationSeed: annotationSeed, space: space,
            ignoreRule: ignoreRule,
            givesText: givesText)
    }
}
