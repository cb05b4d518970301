internal import TensorCore

/// Everything that a reader needs to compare a number with another one, or to get it again.
public struct ResultManifest: Sendable, Equatable, Codable {
    /// The name of the protocol ("voc-uniform", "hsnet").
    public var protocolID: String
    /// The version of the protocol.
    public var protocolVersion: Int
    /// The name of the dataset or list.
    public var dataset: String
    /// The digest of the list.
    public var listHash: String
    /// The digest of the drawn episodes.
    public var episodeHash: String
    /// The number of episodes.
    public var episodeCount: Int
    /// Supports per episode.
    public var shots: Int
    /// The seed of the episodes.
    public var episodeSeed: UInt64
    /// Draws of all episodes with the seeds from ``episodeSeed`` on, nil for a single one.
    public var repeats: Int?
    /// What differs from the protocol of this name, nil for nothing.
    public var protocolChanges: [String]?
    /// The resolution of the comparison.
    public var iouSpace: IoUSpace
    /// Which pixels do not count.
    public var ignoreRule: String
    /// How supports were annotated.
    public var annotationRule: AnnotationRule
    /// The seed of random annotations.
    public var annotationSeed: UInt64
    /// The name of the segmenter ("diffup", "prior").
    public var method: String
    /// The backbone and its pre-training, nil when there is none.
    public var backbone: String?
    /// The SHA-256 digest of the weights, nil when there are none.
    public var weightsHash: String?
    /// The numeric precision ("float32", "bfloat16").
    public var precision: String
    /// Threads of the computation.
    public var threads: Int
    /// The seed of the segmenter.
    public var seed: UInt64
    /// The version of this library.
    public var libraryVersion: String
    /// Whatever else decided the result, by name: thresholds, steps, ensemble size.
    public var settings: [String: String]

    /// Describes an evaluation.
    public init(
        protocolID: String, protocolVersion: Int, dataset: String, listHash: String, episodeHash: String,
        episodeCount: Int, shots: Int, episodeSeed: UInt64, iouSpace: IoUSpace,
        ignoreRule: IgnoreRule = .void, annotationRule: AnnotationRule, annotationSeed: UInt64,
        method: String, backbone: String? = nil, weightsHash: String? = nil, precision: String, threads: Int,
        seed: UInt64, settings: [String: String] = [:]
    ) {
        self.protocolID = protocolID
        self.protocolVersion = protocolVersion
        self.dataset = dataset
        self.listHash = listHash
        self.episodeHash = episodeHash
        self.episodeCount = episodeCount
        self.shots = shots
        self.episodeSeed = episodeSeed
        self.iouSpace = iouSpace
        self.ignoreRule = ignoreRule.rawValue
        self.annotationRule = annotationRule
        self.annotationSeed = annotationSeed
        self.method = method
        self.backbone = backbone
        self.weightsHash = weightsHash
        self.precision = precision
        self.threads = threads
        self.seed = seed
        self.settings = settings
        libraryVersion = LibraryVersion.current
    }

    /// Describes an evaluation by a protocol.
    ///
    /// - Parameter loader: what loaded the episodes: the resolution and the rules of the manifest are those that it followed.
    public init(
        protocol evaluation: EvaluationProtocol, loader: EpisodeLoader, episodes: [EpisodeReference], method: String,
        backbone: String? = nil, weightsHash: String? = nil, precision: String, threads: Int, seed: UInt64,
        settings: [String: String] = [:]
    ) {
        self.init(
            protocolID: evaluation.id, protocolVersion: evaluation.version,
            dataset: loader.dataset.name, listHash: loader.dataset.listHash,
            episodeHash: EpisodeReference.hash(of: episodes), episodeCount: episodes.count,
            shots: episodes.first?.supports.count ?? 0, episodeSeed: evaluation.seed, iouSpace: loader.space,
            ignoreRule: loader.ignoreRule, annotationRule: loader.annotationRule, annotationSeed: loader.annotationSeed,
            method: method,
            backbone: backbone, weightsHash: weightsHash, precision: precision, threads: threads, seed: seed,
            settings: settings)
        repeats = evaluation.repeats == 1 ? nil : evaluation.repeats
        protocolChanges = evaluation.changes.isEmpty ? nil : evaluation.changes
    }
}
