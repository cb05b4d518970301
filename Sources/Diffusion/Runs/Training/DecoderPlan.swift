public import Datasets
public import TensorCore

/// All that decides a decoder's training.
public struct DecoderPlan: TrainingPlan, Hashable, Sendable {
    public typealias Summary = DecoderSummary

    public static let command = "train decoder"
    public static let folderName = "train"
    public static let modelFile = "model.safetensors"

    /// What is trained on.
    public var dataset: DatasetChoice
    /// The fold whose classes stay unseen; nil to train on the classes of all folds.
    public var fold: Int?
    /// The network, which stays as it is.
    public var backbone: BackboneChoice
    /// Further networks that the decoder is trained behind in turn, so that it is at home behind others, too; nil for none.
    public var furtherBackbones: [BackboneChoice]?
    /// The model and its training.
    public var settings: TrainingSettings
    /// Episodes of an evaluation on held-out classes.
    public var evaluationEpisodes: Int
    /// Supports that are generated beside the dataset's; nil for none.
    public var auxiliary: SupportExtensionChoice?
    /// Filled in when the run starts; a run is only continued with the same.
    var listHash: String?
    var contentHash: String?
    var weightsHash: String?
    var furtherWeightsHashes: [String]?

    /// A training on the base classes of a fold, or with nil on those of all folds.
    public init(
        dataset: DatasetChoice, fold: Int? = 0, backbone: BackboneChoice, furtherBackbones: [BackboneChoice] = [],
        settings: TrainingSettings = TrainingSettings(), evaluationEpisodes: Int = 100
    ) {
        self.dataset = dataset
        self.fold = fold
        self.backbone = backbone
        self.furtherBackbones = furtherBackbones.isEmpty ? nil : furtherBackbones
        self.settings = settings
        self.evaluationEpisodes = evaluationEpisodes
    }

    /// All networks that the decoder is trained behind.
    public var backbones: [BackboneChoice] { [backbone] + (furtherBackbones ?? []) }

    /// Takes new places of the further backbones' weights, for a run that is continued elsewhere.
    ///
    /// - Throws: `RunError` for another number of them.
    public mutating func moveFurtherBackbones(to places: [BackboneChoice]) throws(RunError) {
        let known = furtherBackbones ?? []
        guard places.count == known.count else {
            throw RunError.setting("further-backbones", found: "\(places.count)", expected: "\(known.count), as the run has")
        }
        furtherBackbones = zip(places, known).map { $0.moved(from: $1) }
    }

    public var seed: UInt64 { settings.training.seed }
    public var precision: Precision { settings.training.precision }

    /// - Throws: `ConfigurationError` for settings, `RunError` for a fold or a number out of range, `DatasetError`.
    public func validate() throws {
        guard evaluationEpisodes > 0 else {
            throw RunError.setting("evaluation-episodes", found: "\(evaluationEpisodes)", expected: "1 or more")
        }
        let training = settings.training
        try settings.model.validate(source: "the plan")
        try training.validate(source: "the plan")
        guard training.evaluationInterval == 0 || training.heldOutClasses > 0 else {
            throw ConfigurationError(
                source: "the plan", key: "training.evaluationInterval",
                reason: "found \(training.evaluationInterval), expected training.heldOutClasses above 0 beside it")
        }
        try dataset.check(folds: fold.map { [$0] } ?? [])
    }

    public nonisolated(nonsending) func task(
        in folder: TrainingFolder<DecoderPlan>, features: FeatureStore, observe: RunObserver
    ) async throws -> any TrainingTask<DecoderPlan> {
        try await DecoderTask(folder, features, observe)
    }
}

/// What a finished training of a decoder reports.
public struct DecoderSummary: Codable, Sendable {
    /// The run folder.
    public var folder: String
    /// The model's file.
    public var model: String
    /// Steps in all.
    public var steps: Int
    /// The last loss; nil where no step was left to do.
    public var loss: Float?
    /// The loss, following slowly.
    public var smoothedLoss: Double
    /// The best score on held-out classes.
    public var best: HeldOutScore?
    /// The file of its weights.
    public var bestModel: String?
}
