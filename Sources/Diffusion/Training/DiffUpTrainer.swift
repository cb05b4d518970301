public import Foundation
public import TensorCore

/// Trains a decoder on the base classes of a few-shot dataset, the backbone staying as it is.
///
/// The ``engine`` does the work: hooks, cancellation and exact resume are described there.
public final class DiffUpTrainer {
    /// The model's settings.
    public let model: DiffUpConfiguration
    /// The training's settings.
    public let training: TrainingConfiguration
    /// The decoder being trained.
    public let decoder: any MaskDenoiser
    /// Trains the decoder.
    public let engine: TrainingEngine

    /// Steps done.
    public var step: Int { engine.step }

    /// Prepares a training from random weights.
    ///
    /// - Throws: `UnknownName` for a part that the configuration names and nobody registered.
    public convenience init(
        _ examples: TrainingExamples, model: DiffUpConfiguration, training: TrainingConfiguration
    ) throws {
        try self.init(behind: [examples], model: model, training: training)
    }

    /// Prepares a training from random weights behind several backbones: each step draws one of them, so that the decoder learns
    /// what priors mean whatever made them.
    ///
    /// - Parameter examples: one or more, each behind a backbone.
    /// - Throws: `UnknownName` for a part that the configuration names and nobody registered.
    public convenience init(
        behind examples: [TrainingExamples], model: DiffUpConfiguration, training: TrainingConfiguration
    ) throws {
        precondition(!examples.isEmpty, "DiffUpTrainer: expected examples behind one backbone or more")
        let builder = ConditionBuilder(try model.parts(), resolution: model.decoder.resolution)
        let metrics = try training.augmentation.transformations()
        let usesLowLevel = model.decoder.lowLevelChannels > 0
        let samplers = examples.map {
            TrainingSampler(
                examples: $0, builder: builder, training: training, metrics: metrics, usesLowLevel: usesLowLevel)
        }
        try self.init(model: model, training: training) { random in
            // Nothing is drawn where there is nothing to choose, so that trainings behind one backbone keep their bits.
            let place = samplers.count > 1 ? random.integer(below: samplers.count) : 0
            return try samplers[place].batch(&random)
        }
        for source in examples { try decoder.checkLowLevel(of: source.backbone) }
    }

    /// Prepares a training from random weights on any source of batches.
    init(
        model: DiffUpConfiguration, training: TrainingConfiguration,
        batches: @escaping (inout TorchRandom) throws -> TrainingBatch
    ) throws {
        try model.validate(source: "the model's configuration")
        try training.validate(source: "the training's configuration")
        self.model = model
        self.training = training
        decoder = try model.makeDenoiser(ParameterScope(seed: training.seed))
        let optimizer = Adam(
            learningRate: training.learningRate, betas: (0.9, training.beta2), decay: .decoupled(training.weightDecay),
            decaysVectors: false)
        engine = TrainingEngine(
            DecoderLearner(decoder, model: model, training: training, process: model.process.process, batches: batches),
            optimizer: optimizer, settings: training.engineSettings)
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

    /// Runs `body` with the averaged weights, which are the ones to evaluate and to keep.
    public func withAveragedWeights<Result>(_ body: (any MaskDenoiser) throws -> Result) rethrows -> Result {
        try engine.withAveragesNow { try body(decoder) }
    }

    /// A frozen decoder with the averaged weights of the moment, for evaluations that may overlap with anything else.
    public func averagedDecoder() throws -> any MaskDenoiser {
        let copy = try model.makeDenoiser(ParameterScope())
        try copy.load(withAveragedWeights { $0.stateDict() })
        copy.freeze()
        return copy
    }

    /// Writes the averaged weights as a model checkpoint.
    public func saveModel(to url: URL) throws {
        try withAveragedWeights { try DiffUpCheckpoint.save($0, model, to: url) }
    }

    /// Writes everything that the next step depends on; the file appears whole or not at all.
    public func saveState(to url: URL) throws { try engine.save(to: url) }

    /// Continues from ``saveState(to:)``.
    ///
    /// - Throws: `CheckpointError` for a damaged file, `TrainingEngineError` for one of other settings, which it names.
    public func loadState(from url: URL) throws { try engine.load(contentsOf: url) }
}

extension TrainingConfiguration {
    /// What the engine needs to know of it.
    var engineSettings: TrainingEngine.Settings {
        let schedule = LearningRateSchedule(
            base: learningRate, warmUpSteps: warmUpSteps, totalSteps: steps, decay: .cosine(final: 0.01))
        var settings = TrainingEngine.Settings(schedule: schedule)
        settings.maximumNorm = gradientClip
        settings.averageDecay = emaDecay
        settings.shards = shards
        settings.seed = seed
        return settings
    }
}
