internal import TensorCore

/// Which pixels of a query a metric leaves out.
public enum IgnoreRule: String, Sendable, Codable, CaseIterable {
    /// Void pixels of the query do not count. In supports void is background (HSNet on PASCAL-5i).
    case void = "void pixels of the query do not count; void in supports is background"
    /// Every pixel counts, void being background (HSNet on COCO-20i, whose masks have no void).
    case nothing = "all pixels count"
}

/// Everything that has to be equal before two scores may stand in one table.
///
/// A named protocol sets all of it; whoever changes a value keeps the name, and ``changes`` says what was changed. A protocol of one's
/// own is a value as well; once it is registered, commands find it:
///
/// ```swift
/// EvaluationProtocol.register(EvaluationProtocol(id: "lab", sampling: .classUniform, episodes: 2000, repeats: 3))
/// ```
public struct EvaluationProtocol: Sendable, Hashable, Codable {
    /// The name ("voc-uniform", "hsnet").
    public var id: String
    /// Rises whenever the same list and settings give other scores of the same predictions.
    public var version: Int
    /// How episodes are drawn.
    public var sampling: EpisodeProtocol
    /// How supports are drawn, where it is not as ``sampling`` has it.
    public var supports: SupportRule
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
    /// Options of the dataset without which it is another ground truth, by name; empty where the protocol takes any.
    public var datasetOptions: [String: String]

    /// A protocol of one's own.
    public init(
        id: String, version: Int = 1, sampling: EpisodeProtocol, supports: SupportRule = .asDrawn, space: IoUSpace = .original,
        ignoreRule: IgnoreRule = .void, episodes: Int = 1000, repeats: Int = 1, seed: UInt64 = 0, threshold: Float = 0.5,
        datasetOptions: [String: String] = [:]
    ) {
        self.id = id
        self.version = version
        self.sampling = sampling
        self.supports = supports
        self.space = space
        self.ignoreRule = ignoreRule
        self.episodes = episodes
        self.repeats = repeats
        self.seed = seed
        self.threshold = threshold
        self.datasetOptions = datasetOptions
    }

    /// Reads a protocol; what was not known when it was written is as it was then.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id), version: try values.decode(Int.self, forKey: .version),
            sampling: try values.decode(EpisodeProtocol.self, forKey: .sampling),
            supports: try values.decodeIfPresent(SupportRule.self, forKey: .supports) ?? .asDrawn,
            space: try values.decode(IoUSpace.self, forKey: .space),
            ignoreRule: try values.decode(IgnoreRule.self, forKey: .ignoreRule),
            episodes: try values.decode(Int.self, forKey: .episodes), repeats: try values.decode(Int.self, forKey: .repeats),
            seed: try values.decode(UInt64.self, forKey: .seed), threshold: try values.decode(Float.self, forKey: .threshold),
            datasetOptions: try values.decodeIfPresent([String: String].self, forKey: .datasetOptions) ?? [:])
    }

    /// What differs from the registered protocol of this name, "episodes 20" and so on; empty for the protocol itself and for one that
    /// is not registered.
    public var changes: [String] {
        guard let original = EvaluationProtocol(named: id) else { return [] }
        let published = Dictionary(original.decisions.map { ($0.name, $0.value) }) { first, _ in first }
        let kept = Set(decisions.map(\.name))
        let missing = original.decisions.filter { !kept.contains($0.name) }
        return decisions.filter { published[$0.name] != $0.value }.map(\.text) + missing.map { "\($0.name) not set" }
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
            let sampler = EpisodeSampler(sampling, seed: seed &+ UInt64(index), supports: supports)
            drawn += try sampler.episodes(from: items, shots: shots, count: episodes)
        }
        return drawn
    }

    /// A loader of the protocol's episodes.
    ///
    /// - Parameter givesText: whether the segmenter may read the class's name; nil for what the annotation rule says.
    public func loader(
        for dataset: any FewShotDataset, annotationRule: AnnotationRule = .mask, annotationSeed: UInt64 = 0,
        givesText: Bool? = nil
    ) -> EpisodeLoader {
        EpisodeLoader(
            dataset: dataset, annotationRule: annotationRule, annotationSeed: annotationSeed, space: space,
            ignoreRule: ignoreRule, givesText: givesText ?? annotationRule.givesText)
    }
}

extension EvaluationProtocol {
    /// One thing that a protocol decides, in words.
    public struct Decision: Sendable, Hashable {
        /// What is decided.
        public let name: String
        /// How.
        public let value: String

        /// Both, as manifests have it.
        public var text: String { name == "ignore rule" ? "\(name): \(value)" : "\(name) \(value)" }
    }

    /// All that the protocol decides, in a fixed order.
    public var decisions: [Decision] {
        let rules = [
            Decision(name: "sampling", value: sampling.rawValue), Decision(name: "supports", value: supports.rawValue),
            Decision(name: "space", value: space.description), Decision(name: "ignore rule", value: ignoreRule.rawValue),
        ]
        let numbers = [
            Decision(name: "episodes", value: "\(episodes)"), Decision(name: "repeats", value: "\(repeats)"),
            Decision(name: "seed", value: "\(seed)"), Decision(name: "threshold", value: "\(threshold)"),
        ]
        let options = datasetOptions.sorted { $0.key < $1.key }.map {
            Decision(name: "dataset option \($0.key)", value: $0.value)
        }
        return rules + numbers + options
    }

    /// The SHA-256 digest of everything that decides episodes and comparison: equal digests mean the same protocol, whatever its name.
    public var digest: String {
        SHA256.hex(
            (["\(sampling.rawValue) version \(sampling.version)", "version \(version)"] + decisions.map(\.text)).joined(
                separator: "\n"))
    }

    /// Name, version and the first digits of the digest, with what was changed.
    public var summary: String {
        let changed = changes.isEmpty ? "" : ", changed: \(changes.joined(separator: "; "))"
        return "\(id) version \(version) (\(digest.prefix(16)))\(changed)"
    }
}
