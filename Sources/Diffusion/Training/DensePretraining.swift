public import Datasets
public import Foundation
public import SegModels
public import TensorCore

/// Trains a small backbone from scratch to name pixels, so that its features can serve as priors.
///
/// Every level carries 1x1 heads, one a task, that are thrown away afterwards. Tasks are groupings of the dataset's labels:
/// for Shapes-5i the shape and the texture of a pixel, so that unseen compositions of seen parts stay apart. Only the
/// images of the given dataset are seen, which must be one of base classes. Hooks, cancellation and exact resume are the
/// ``engine``'s.
public final class DensePretraining {
    /// The settings.
    public struct Configuration: Hashable, RangedConfiguration {
        /// Optimizer steps.
        public var steps = 2500
        /// Images a step.
        public var batchSize = 16
        /// The learning rate after warm-up; AdamW, cosine decay.
        public var learningRate: Float = 2e-3
        /// Decoupled weight decay.
        public var weightDecay: Float = 0.05
        /// The square that images are resized to.
        public var imageSize = 128
        /// Drives initial weights of the heads, order and augmentation.
        public var seed: UInt64 = 0

        public static let ranges: ConfigurationRanges = [
            "steps": .whole(0...TrainingEngine.maximumSteps), "batchSize": .whole(1...4096),
            "learningRate": .real(above: 0, upTo: 1000), "weightDecay": .real(0...1000), "imageSize": .whole(1...4096),
            "seed": .seed,
        ]

        /// The defaults.
        public init() {}
    }

    /// The name of the figure in `TrainingProgress.metrics`: the share of pixels that the deepest level names rightly, a
    /// mean over the tasks.
    public static let accuracy = "accuracy"

    /// The backbone being trained.
    public let backbone: any Backbone
    /// Trains backbone and heads.
    public let engine: TrainingEngine

    /// Steps done.
    public var step: Int { engine.step }

    /// Loads the images.
    ///
    /// - Parameter shards: parts of a batch that several processes share, a divisor of the batch size; nil for none.
    /// - Throws: `ConfigurationError` for a number out of its range, and what the dataset throws.
    public nonisolated(nonsending) init(
        backbone: any Backbone, tasks: [Task], dataset: any FewShotDataset, configuration: Configuration = Configuration(),
        shards: Int? = nil
    ) async throws {
        try configuration.validate(source: "DensePretraining")
        self.backbone = backbone
        let examples = try await DenseExamples(dataset: dataset, side: configuration.imageSize)
        let learner = DenseLearner(
            backbone: backbone, tasks: tasks, examples: examples, configuration: configuration, shards: shards)
        let optimizer = Adam(
            learningRate: configuration.learningRate, decay: .decoupled(configuration.weightDecay), decaysVectors: false)
        var settings = TrainingEngine.Settings(
            schedule: LearningRateSchedule(
                base: configuration.learningRate, warmUpSteps: min(100, configuration.steps / 10),
                totalSteps: configuration.steps, decay: .cosine(final: 0.01)))
        settings.maximumNorm = 5
        settings.seed = configuration.seed
        settings.shards = shards
        engine = TrainingEngine(learner, optimizer: optimizer, settings: settings)
    }

    /// Runs until the configured number of steps is done.
    ///
    /// - Parameters:
    ///   - last: stops after this many steps in all; by default at the configured number.
    ///   - onProgress: called after every step. Cancel the task to stop earlier; a state then continues the run.
    public nonisolated(nonsending) func run(
        until last: Int? = nil, onProgress: @escaping (TrainingProgress) throws -> Void = { _ in }
    ) async throws {
        var callbacks = TrainingCallbacks()
        callbacks.onProgress = onProgress
        try await engine.run(until: last, callbacks)
    }

    /// Writes everything that the next step depends on, running statistics and heads included; the file appears whole or
    /// not at all.
    public func saveState(to url: URL) throws { try engine.save(to: url) }

    /// Continues from ``saveState(to:)``.
    ///
    /// - Throws: `CheckpointError` for a damaged file, `TrainingEngineError` for one of other settings, which it names.
    public func loadState(from url: URL) throws { try engine.load(contentsOf: url) }
}
