/// Everything that a reader needs to compare a number with another one, or to get it again.
///
/// In JSON the fields of both parts stand side by side.
public struct ResultManifest: Sendable, Equatable, Codable {
    /// What was asked and of whom.
    public var evaluation: EvaluationRecord
    /// How it was computed.
    public var compute: ComputeRecord

    /// Describes an evaluation.
    public init(_ evaluation: EvaluationRecord, compute: ComputeRecord = ComputeRecord()) {
        self.evaluation = evaluation
        self.compute = compute
    }

    public init(from decoder: any Decoder) throws {
        self.init(try EvaluationRecord(from: decoder), compute: try ComputeRecord(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        try evaluation.encode(to: encoder)
        try compute.encode(to: encoder)
    }
}

/// The protocol, the data and the method of an evaluation.
public struct EvaluationRecord: Sendable, Equatable, Codable {
    /// The name of the protocol ("voc-uniform", "hsnet").
    public var protocolID: String
    /// The version of the protocol.
    public var protocolVersion: Int
    /// The digest of all that the protocol decides, ``EvaluationProtocol/digest``; nil in manifests of earlier versions.
    public var protocolHash: String?
    /// The name of the dataset or list.
    public var dataset: String
    /// The digest of the list.
    public var listHash: String
    /// How the dataset's masks came about, nil where there is one way only.
    public var labelRule: String?
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
    /// How supports are drawn, nil for the protocol's way.
    public var supportRule: SupportRule?
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
    /// The name of the segmenter ("DiffUp", "contrast").
    public var method: String
    /// The backbone and its pre-training, nil when there is none.
    public var backbone: String?
    /// The SHA-256 digest of the weights, nil when there are none.
    public var weightsHash: String?
    /// Whatever else decided the result, by name: thresholds, steps, ensemble size.
    public var settings: [String: String]

    /// Describes an evaluation by a protocol.
    ///
    /// - Parameter loader: what loaded the episodes: the resolution and the rules of the manifest are those that it followed.
    public init(
        protocol evaluation: EvaluationProtocol, loader: EpisodeLoader, episodes: [EpisodeReference], method: String,
        backbone: BackboneRecord? = nil, settings: [String: String] = [:]
    ) {
        protocolID = evaluation.id
        protocolVersion = evaluation.version
        protocolHash = evaluation.digest
        dataset = loader.dataset.name
        listHash = loader.dataset.listHash
        labelRule = loader.dataset.labelRule
        episodeHash = EpisodeReference.hash(of: episodes)
        episodeCount = episodes.count
        shots = episodes.first?.supports.count ?? 0
        episodeSeed = evaluation.seed
        repeats = evaluation.repeats == 1 ? nil : evaluation.repeats
        supportRule = evaluation.supports == .asDrawn ? nil : evaluation.supports
        protocolChanges = evaluation.changes.isEmpty ? nil : evaluation.changes
        iouSpace = loader.space
        ignoreRule = loader.ignoreRule.rawValue
        annotationRule = loader.annotationRule
        annotationSeed = loader.annotationSeed
        self.method = method
        self.backbone = backbone?.name
        weightsHash = backbone?.sha256
        self.settings = settings
    }
}
