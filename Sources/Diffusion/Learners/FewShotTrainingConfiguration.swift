public import Datasets
public import TensorCore

/// How a learner is trained. The defaults are those of its family, ``FewShotFamily/training``.
public struct FewShotTrainingConfiguration: Hashable, VersionedConfiguration {
    /// Which optimizer.
    public enum Method: String, Codable, Hashable, Sendable, CaseIterable {
        /// Adam with PyTorch's constants.
        case adam
        /// Stochastic gradient descent with momentum.
        case sgd
    }

    /// Optimizer steps.
    public var steps = 20_000
    /// Episodes a step.
    public var batchSize = 8
    /// Supports an episode.
    public var shots = 1
    /// Which optimizer.
    public var optimizer = Method.adam
    /// The learning rate at the first step.
    public var learningRate: Float = 1e-3
    /// The rate falls as this power of the share of steps that are left; 0 for a rate that stays.
    public var decayPower: Float = 0
    /// What SGD keeps of its last direction.
    public var momentum: Float = 0.9
    /// Added to the gradient times the weight.
    public var weightDecay: Float = 0
    /// Whether half of the photos are mirrored.
    public var flips = false
    /// The annotations that supports carry; drawn evenly.
    public var annotations: [AnnotationRule] = [.mask]
    /// Classes of the training list that are kept aside for selection; never the novel ones.
    public var heldOutClasses = 0
    /// Steps between evaluations on the held-out classes; 0 for none.
    public var evaluationInterval = 0
    /// Steps between checkpoints.
    public var checkpointInterval = 200
    /// Activations of the backbone and the network.
    public var precision = Precision.float32
    /// Parts of equal size that every batch is cut into, so that any number of processes up to it gives the same bits; nil for one
    /// process, whole batches.
    @NullableKey public var shards: Int?
    /// Drives initial weights, episodes, annotations and dropout.
    public var seed: UInt64 = 0

    /// The defaults.
    public init() {}

    /// Episodes that one loss is computed of: a shard's, or the batch.
    var shardSize: Int { batchSize / (shards ?? 1) }

    public static let version = 1

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static let ranges: ConfigurationRanges = [
        "steps": .whole(1...TrainingEngine.maximumSteps), "batchSize": .whole(1...1024), "shots": .whole(1...64),
        "learningRate": .real(above: 0, upTo: 1000), "decayPower": .real(0...1000), "momentum": .real(0..<1),
        "weightDecay": .real(0...1000), "heldOutClasses": .whole(0...100_000),
        "evaluationInterval": .whole(0...TrainingEngine.maximumSteps),
        "checkpointInterval": .whole(1...TrainingEngine.maximumSteps), "shards": .whole(1...4096), "seed": .seed,
    ]

    public func validateRelations(source: String) throws(ConfigurationError) {
        try ConfigurationError.check(
            !annotations.isEmpty && !annotations.contains { $0.kind == .none }, source, "annotations", found: annotations,
            expected: "at least one, each with pixels to go by")
        try ConfigurationError.check(
            evaluationInterval == 0 || heldOutClasses > 0, source, "evaluationInterval", found: evaluationInterval,
            expected: "heldOutClasses above 0 beside it")
    }

    /// The engine's settings.
    var engineSettings: TrainingEngine.Settings {
        var settings = TrainingEngine.Settings(
            schedule: LearningRateSchedule(base: learningRate, totalSteps: steps, decay: .polynomial(power: decayPower)))
        settings.shards = shards
        settings.seed = seed
        return settings
    }

    /// The optimizer at its beginning.
    func makeOptimizer() -> any TensorCore.Optimizer {
        switch optimizer {
        case .adam: Adam(learningRate: learningRate, decay: .coupled(weightDecay))
        case .sgd: SGD(learningRate: learningRate, momentum: momentum, weightDecay: weightDecay)
        }
    }
}
