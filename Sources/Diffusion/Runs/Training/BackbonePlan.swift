public import Datasets
public import SegModels
public import TensorCore

/// All that decides a backbone's training.
public struct BackbonePlan: TrainingPlan, Hashable, Sendable {
    public typealias Summary = BackboneSummary

    public static let command = "train backbone"
    public static let folderName = "backbone"
    public static let modelFile = "backbone.safetensors"

    /// What is trained on.
    public var dataset: DatasetChoice
    /// The fold whose classes stay unseen.
    public var fold: Int
    /// The network.
    public var description: BackboneDescription
    /// The type of activations.
    public var precision: Precision
    /// How it is trained.
    public var configuration: DensePretraining.Configuration
    /// Steps between checkpoints.
    public var checkpointInterval: Int
    /// Parts that every batch is cut into, so that several processes share it: each normalises by the statistics of its photos. Nil for whole
    /// batches.
    public var shards: Int?
    /// Filled in when the run starts; a run is only continued with the same.
    var listHash: String?
    var contentHash: String?

    /// A training on the base classes of a fold.
    public init(
        dataset: DatasetChoice, fold: Int = 0, description: BackboneDescription = .tiny, precision: Precision = .float32,
        configuration: DensePretraining.Configuration = DensePretraining.Configuration(), checkpointInterval: Int = 200
    ) {
        self.dataset = dataset
        self.fold = fold
        self.description = description
        self.precision = precision
        self.configuration = configuration
        self.checkpointInterval = checkpointInterval
    }

    public var seed: UInt64 { configuration.seed }

    /// - Throws: `RunError` for a number or a fold out of range, `DatasetError`.
    public func validate() throws {
        let counts = [
            ("steps", configuration.steps, 1...100_000_000), ("batch-size", configuration.batchSize, 1...4096),
            ("checkpoint-interval", checkpointInterval, 1...100_000_000), ("image-size", configuration.imageSize, 32...1024),
        ]
        for (name, value, range) in counts where !range.contains(value) {
            throw RunError.setting(name, found: "\(value)", expected: "\(range.lowerBound)...\(range.upperBound)")
        }
        guard configuration.learningRate > 0, configuration.learningRate.isFinite else {
            throw RunError.setting("learning-rate", found: "\(configuration.learningRate)", expected: "a positive number")
        }
        try dataset.check(folds: [fold])
    }

    public nonisolated(nonsending) func task(
        in folder: TrainingFolder<BackbonePlan>, features: FeatureStore, observe: RunObserver
    ) async throws -> any TrainingTask<BackbonePlan> {
        try await BackboneTask(folder, observe)
    }

    /// What the labels are told apart by.
    func tasks(_ data: any FewShotDataset) -> [DensePretraining.Task] {
        if dataset.name == DatasetRegistry.shapes5i { return DensePretraining.Task.shapes5i }
        let groups = data.classes.enumerated().map { ($0.element.id, $0.offset + 1) }
        return [DensePretraining.Task(name: "class", groups: Dictionary(groups) { $1 })]
    }
}

extension BackboneDescription {
    /// A ResNet of a million weights.
    public static let tiny = BackboneDescription(
        name: "resnet-tiny", network: .resNet(.tiny()), preprocessing: .torchvision)
}

/// What a finished training of a backbone reports.
public struct BackboneSummary: Codable, Sendable {
    /// The weights' file, which describes itself.
    public var weights: String
    /// Steps in all.
    public var steps: Int
    /// The last loss; nil where no step was left to do.
    public var loss: Float?
    /// The last share of pixels that were named rightly, 0...1.
    public var accuracy: Float?
}
