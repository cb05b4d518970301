internal import Datasets
public import Foundation
internal import SegModels
internal import TensorCore

/// Trains a decoder on the base classes of a few-shot dataset, the backbone staying as it is.
///
/// Every step draws its randomness from the seed and its own number, so a run that was killed continues from its last
/// checkpoint with exactly the bits that it would have had.
public final class DiffUpTrainer {
    /// The model's settings.
    public let model: DiffUpConfiguration
    /// The training's settings.
    public let training: TrainingConfiguration
    /// The decoder being trained.
    public let decoder: UQDD
    /// Steps done.
    public private(set) var step = 0

    private let sampler: TrainingSampler
    private let loss: DiffUpLoss
    private let schedule: LearningRateSchedule
    private var optimizer: Adam
    private var average: ExponentialMovingAverage

    /// One step, for progress.
    public struct Progress: Sendable {
        /// Steps done, this one included.
        public var step: Int
        /// Steps in all.
        public var total: Int
        /// The loss of the step.
        public var loss: Float
        /// The gradients' norm before clipping.
        public var gradientNorm: Float
        /// The learning rate of the step.
        public var learningRate: Float
    }

    /// Prepares a training from random weights.
    public init(bank: PriorBank, model: DiffUpConfiguration, training: TrainingConfiguration) {
        self.model = model
        self.training = training
        decoder = UQDD(ParameterScope(seed: training.seed), model.decoder)
        sampler = TrainingSampler(bank: bank, model: model, training: training)
        loss = DiffUpLoss(model: model, training: training)
        schedule = LearningRateSchedule(
            base: training.learningRate, warmUpSteps: training.warmUpSteps, totalSteps: training.steps,
            decay: .cosine(final: 0.01))
        optimizer = Adam(
            learningRate: training.learningRate, betas: (0.9, training.beta2), decay: .decoupled(training.weightDecay),
            decaysVectors: false)
        average = ExponentialMovingAverage(decay: training.emaDecay)
    }

    /// Runs until the configured number of steps is done.
    ///
    /// - Parameter onStep: called after every step; return false to stop (a checkpoint then continues the run).
    public func run(onStep: (Progress) throws -> Bool) throws {
        while step < training.steps {
            let progress = advance()
            guard progress.loss.isFinite else { throw TrainingError.diverged(step: progress.step, loss: progress.loss) }
            if try !onStep(progress) { return }
        }
    }

    private func advance() -> Progress {
        var random = TorchRandom(seed: Self.seed(training.seed, step: step))
        let batch = withoutGradients { sampler.batch(&random) }
        let (value, gradients) = valueAndGradient { loss(decoder, batch, &random) }
        optimizer.learningRate = schedule.rate(at: step)
        let norm = optimizer.step(decoder.parameters, gradients: gradients, clippingTo: training.gradientClip)
        average.update(decoder.parameters)
        step += 1
        // One read for both numbers: a device is waited for once a step.
        let numbers = Tensor.concatenated([value.flattened(), norm.flattened()], axis: 0).scalars
        return Progress(
            step: step, total: training.steps, loss: numbers[0], gradientNorm: numbers[1],
            learningRate: optimizer.learningRate)
    }

    /// Spreads (seed, step) over 32 bits (the finaliser of MurmurHash3), so that neighbouring steps share nothing.
    private static func seed(_ seed: UInt64, step: Int) -> UInt64 {
        var hash = UInt32(truncatingIfNeeded: seed) &* 0x9e37_79b9 &+ UInt32(truncatingIfNeeded: step)
        hash = (hash ^ (hash >> 16)) &* 0x85eb_ca6b
        hash = (hash ^ (hash >> 13)) &* 0xc2b2_ae35
        return UInt64(hash ^ (hash >> 16))
    }

    /// Runs `body` with the averaged weights, which are the ones to evaluate and to keep.
    public func withAveragedWeights<Result>(_ body: (UQDD) throws -> Result) rethrows -> Result {
        try average.applied(to: decoder.parameters) { try body(decoder) }
    }

    /// A frozen decoder with the averaged weights of the moment, for evaluations that may overlap with anything else.
    public func averagedDecoder() throws -> UQDD {
        let copy = UQDD(ParameterScope(), model.decoder)
        try copy.load(withAveragedWeights { $0.stateDict() })
        copy.freeze()
        return copy
    }

    /// Writes the averaged weights as a model checkpoint.
    public func saveModel(to url: URL) throws {
        let state = try withAveragedWeights { try DiffUp.stateDict(decoder: $0, configuration: model) }
        try Safetensors.save(state, to: url)
    }
}

/// Why a training stopped.
public enum TrainingError: Error, Sendable, CustomStringConvertible {
    /// The loss is no number any more.
    case diverged(step: Int, loss: Float)
    /// A checkpoint belongs to another training.
    case otherRun(file: String, reason: String)
    /// A setting that no training can run with.
    case configuration(source: String, reason: String)

    public var description: String {
        switch self {
        case .diverged(let step, let loss):
            "the loss became \(loss) at step \(step): lower the learning rate or resume from an earlier checkpoint"
        case .otherRun(let file, let reason):
            "\(file) cannot be resumed: \(reason)"
        case .configuration(let source, let reason):
            "\(source): \(reason)"
        }
    }
}

extension DiffUpTrainer {
    private static let trainingKey = "training.configuration"
    private static let stepKey = "training.step"

    /// Writes everything that the next step depends on; the file appears whole or not at all.
    public func saveState(to url: URL) throws {
        var state = try DiffUp.stateDict(decoder: decoder, configuration: model)
        state = state.merging(optimizer.stateDict().addingPrefix("optimizer."))
        state = state.merging(average.stateDict().addingPrefix("average."))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        state.metadata[Self.trainingKey] = String(decoding: try encoder.encode(training), as: UTF8.self)
        state.metadata[Self.stepKey] = String(step)
        try Safetensors.save(state, to: url)
    }

    /// Continues from ``saveState(to:)``.
    ///
    /// - Throws: `CheckpointError` for a damaged file, ``TrainingError/otherRun(file:reason:)`` for one of other settings.
    public func loadState(from url: URL) throws {
        let state = try Safetensors.load(contentsOf: url)
        guard let text = state.metadata[Self.trainingKey], let count = state.metadata[Self.stepKey].flatMap({ Int($0) }),
            count >= 0
        else { throw TrainingError.otherRun(file: url.path, reason: "it holds no training state (is it a finished model?)") }
        let stored = try? JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8))
        guard stored == training else {
            throw TrainingError.otherRun(file: url.path, reason: "it was written with other training settings: \(text)")
        }
        guard try DiffUp.configuration(of: state) == model else {
            throw TrainingError.otherRun(file: url.path, reason: "it was written for another model configuration")
        }
        try decoder.load(state.removingPrefix("decoder."))
        try optimizer.load(state.removingPrefix("optimizer."))
        try average.load(state.removingPrefix("average."))
        step = count
    }
}
