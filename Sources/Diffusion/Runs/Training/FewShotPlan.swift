public import Datasets
public import TensorCore

/// All that decides the training of a learner such as HSNet.
public struct FewShotPlan: TrainingPlan, Hashable, Sendable {
    public typealias Summary = FewShotSummary

    public static let command = "train learner"
    public static let folderName = "learner"
    public static let modelFile = "learner.safetensors"

    /// What is trained on.
    public var dataset: DatasetChoice
    /// The fold whose classes stay unseen; nil to train on the classes of all folds.
    public var fold: Int?
    /// The network in front, which stays as it is.
    public var backbone: BackboneChoice
    /// The learner and its training.
    public var settings: FewShotSettings
    /// Episodes of an evaluation on held-out classes.
    public var evaluationEpisodes: Int
    /// Filled in when the run starts; a run is only continued with the same.
    var listHash: String?
    var contentHash: String?
    var weightsHash: String?

    /// A training on the base classes of a fold, or with nil on those of all folds.
    public init(
        dataset: DatasetChoice, fold: Int? = 0, backbone: BackboneChoice, settings: FewShotSettings, evaluationEpisodes: Int = 100
    ) {
        self.dataset = dataset
        self.fold = fold
        self.backbone = backbone
        self.settings = settings
        self.evaluationEpisodes = evaluationEpisodes
    }

    public var seed: UInt64 { settings.training.seed }
    public var precision: Precision { settings.training.precision }

    /// - Throws: `ConfigurationError` for settings, `RunError` for a fold or a number out of range, `DatasetError`.
    public func validate() throws {
        guard evaluationEpisodes > 0 else {
            throw RunError.setting("evaluation-episodes", found: "\(evaluationEpisodes)", expected: "1 or more")
        }
        try settings.validate(source: "the plan")
        try dataset.check(folds: fold.map { [$0] } ?? [])
    }

    public nonisolated(nonsending) func task(
        in folder: TrainingFolder<FewShotPlan>, features: FeatureStore, observe: RunObserver
    ) async throws -> any TrainingTask<FewShotPlan> {
        try await FewShotTask(folder, features, observe)
    }
}

/// The training of a learner in a run folder.
public typealias FewShotTraining = TrainingRun<FewShotPlan>

/// What a finished training of a learner reports.
public struct FewShotSummary: Codable, Sendable {
    /// The run folder.
    public var folder: String
    /// The learner's file, which describes itself.
    public var model: String
    /// What it is, as tables call it.
    public var title: String
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
