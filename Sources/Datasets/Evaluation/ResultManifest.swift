internal import TensorCore

/// Everything that a reader needs to compare a number with another one, or to get it again.
public struct ResultManifest: Sendable, Equatable, Codable {
    /// How episodes were drawn ("voc-uniform", "hsnet").
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

    /// The rule of ``FewShotMetrics``.
    public static let standardIgnoreRule = "query pixels of label 255 do not count; 255 in supports is background"

    /// Describes an evaluation.
    public init(
        protocolID: String, protocolVersion: Int, dataset: String, listHash: String, episodeHash: String,
        episodeCount: Int, shots: Int, episodeSeed: UInt64, iouSpace: IoUSpace,
        ignoreRule: String = standardIgnoreRule, annotationRule: AnnotationRule, annotationSeed: UInt64,
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
        self.ignoreRule = ignoreRule
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

    /// Describes an evaluation whose episodes came from a sampler and a loader.
    public init(
        sampler: EpisodeSampler, loader: EpisodeLoader, episodes: [EpisodeReference], method: String,
        backbone: String? = nil, weightsHash: String? = nil, precision: String, threads: Int, seed: UInt64,
        settings: [String: String] = [:]
    ) {
        self.init(
            protocolID: sampler.episodeProtocol.rawValue, protocolVersion: sampler.episodeProtocol.version,
            dataset: loader.dataset.name, listHash: loader.dataset.listHash,
            episodeHash: EpisodeReference.hash(of: episodes), episodeCount: episodes.count,
            shots: episodes.first?.supports.count ?? 0, episodeSeed: sampler.seed, iouSpace: loader.space,
            annotationRule: loader.annotationRule, annotationSeed: loader.annotationSeed, method: method,
            backbone: backbone, weightsHash: weightsHash, precision: precision, threads: threads, seed: seed,
            settings: settings)
    }
}
