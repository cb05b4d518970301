internal import Foundation

/// Trains a ``Learner``: gradients, hooks, clipping, the optimizer's step, a moving average, progress, checkpoints.
///
/// It lies in `TensorCore` because it needs tensors, optimizers and checkpoints and nothing above them; whatever learns in
/// a higher layer brings a ``Learner``.
///
/// **Randomness.** Each step has a source of its own that follows from (seed, step). Together with ``stateDict()`` a run
/// that was killed continues to the bits of one that was not.
///
/// **Reading.** A step submits work and reads one small tensor: its loss, its gradients' norm and its metrics together.
/// The read is the guard, too. With ``TrainingCallbacks/lookInterval`` 1 it comes before the update, so that a training
/// stops at its first loss or norm that is not finite with the weights of the step before. With a longer interval a
/// device is waited for only every so many steps: the values of the steps since are read together, the error names the
/// first bad one, and the weights in memory are lost. A checkpoint, an evaluation and the end look first in any case, so
/// that no file is ever written from a step that was not looked at.
///
/// An engine and its learner belong to one task at a time: ``run(until:_:)`` stays on its caller's executor.
public final class TrainingEngine {
    /// What decides the results.
    public struct Settings: Hashable, RangedConfiguration {
        /// The learning rates, and with them the number of steps.
        public var schedule: LearningRateSchedule
        /// Micro-batches a step; their gradients are averaged.
        public var microBatches = 1
        /// The limit of the gradients' joint norm; nil for none.
        public var maximumNorm: Float?
        /// The share that the moving average keeps; nil for no average.
        public var averageDecay: Float?
        /// Parts that a step's batch is cut into, whatever the number of processes: each has a random source of its own, and their
        /// gradients are added along a fixed tree, so that any number of ranks gives the same bits. Nil for the micro-batches.
        @NullableKey public var shards: Int?
        /// Drives every step's random source.
        public var seed: UInt64 = 0

        /// No clipping, no average, one micro-batch.
        public init(schedule: LearningRateSchedule) { self.schedule = schedule }

        public static var ranges: ConfigurationRanges {
            let own: ConfigurationRanges = [
                "microBatches": .whole(1...65536), "maximumNorm": .real(above: 0, upTo: 1e30), "averageDecay": .real(0...1),
                "shards": .whole(1...65536), "seed": .seed,
            ]
            return own.with(LearningRateSchedule.ranges, under: "schedule")
        }

        /// Optimizer steps in all.
        public var steps: Int { schedule.totalSteps }
    }

    /// Sees the gradients of a step between backward pass and clipping, and may write them: an all-reduce over
    /// processes, noise, a mask. Hooks run in their order, each on what the one before it left.
    public typealias GradientHook = nonisolated(nonsending) (inout Gradients, StepContext) async throws -> Void

    /// More steps than any training takes; numbers of files beyond are damage.
    public static let maximumSteps = 1_000_000_000

    /// What learns.
    public let learner: any Learner
    /// What decides the results.
    public let settings: Settings
    /// What is trained and saved, the learner's.
    public let parameters: [Parameter]
    /// The hooks, in order.
    public var hooks: [GradientHook] = []
    /// The processes that share every step's shards; each has an engine of the same settings. Hooks run at every rank, on the sums.
    public var communicator: any Communicator = SingleProcess()
    /// Steps done.
    public internal(set) var step = 0

    var optimizer: any Optimizer
    var average: ExponentialMovingAverage?
    var isAveraged = false
    /// Whether the ranks agreed to end after the last step, because one of them was asked to.
    var isStopAgreed = false
    /// The order in which a backward pass completes gradients, by the first rank's first step; the same at every rank.
    var gradientOrder: [Int]?
    /// Numbers that travel in one bucket, about; nil for what suits the model.
    var bucketLength: Int?
    private var unread = UnreadSteps()

    /// Prepares a training at its first step.
    ///
    /// - Precondition: the paths of the learner's parameters differ.
    public init(_ learner: any Learner, optimizer: any Optimizer, settings: Settings) {
        require(settings.microBatches > 0, "TrainingEngine", "microBatches is \(settings.microBatches), expected at least 1")
        require(settings.shards ?? 1 > 0, "TrainingEngine", "shards is \(settings.shards ?? 0), expected at least 1")
        require(
            settings.shards == nil || settings.microBatches == 1, "TrainingEngine",
            "microBatches is \(settings.microBatches) beside shards, expected 1")
        self.learner = learner
        self.settings = settings
        self.optimizer = optimizer
        parameters = learner.parameters
        average = settings.averageDecay.map { ExponentialMovingAverage(decay: $0) }
        let twice = Dictionary(grouping: parameters, by: \.path).filter { $0.value.count > 1 }.keys.sorted()
        require(twice.isEmpty, "TrainingEngine", "several parameters are called \(twice.joined(separator: ", "))")
    }

    /// One step; with `looks` it ends before the update where the values are not finite.
    nonisolated(nonsending) func advance(looks: Bool) async throws {
        let seed = Self.seed(settings.seed, step: step)
        var random = TorchRandom(seed: seed)
        let shards = settings.shards
        var (gradients, report) = try shards.map { try backward(shards: $0, seed: seed) } ?? backward(&random)
        for hook in hooks { try await hook(&gradients, context((shards ?? settings.microBatches) - 1)) }
        let norm = gradients.globalNorm
        optimizer.learningRate = settings.schedule.rate(at: step)
        report.finish(norm: norm, learningRate: optimizer.learningRate)
        unread.append(report)
        if looks { try unread.read() }
        let scale = settings.maximumNorm.map { ScalarOperand.clipping(norm, to: $0) }
        optimizer.step(parameters, gradients: gradients, gradientScale: scale ?? 1)
        average?.update(parameters)
        step += 1
    }

    /// The mean gradients over the micro-batches.
    private func backward(_ random: inout TorchRandom) throws -> (Gradients, StepReport) {
        var sum = Gradients()
        var report = StepReport(step: step + 1)
        let count = settings.microBatches
        for part in 0..<count {
            var found: StepLoss?
            let (value, gradients) = try valueAndGradient {
                let loss = try learner.loss(context(part), &random)
                require(loss.value.count == 1, "TrainingEngine", "the loss has shape \(loss.value.shape), expected a scalar")
                found = loss
                return count == 1 ? loss.value : loss.value * (1 / Float(count))
            }
            sum = part == 0 ? gradients : sum + gradients
            report.add(value, metrics: found?.metrics ?? [:], share: 1 / Float(count), batch: found?.batch ?? "")
        }
        return (sum, report)
    }

    func context(_ part: Int) -> StepContext {
        StepContext(
            step: step + 1, total: settings.steps, microBatch: part, microBatchCount: settings.shards ?? settings.microBatches,
            parameters: parameters)
    }

    /// Reads what was not read; throws at the first step that is not finite.
    func look() throws { try unread.read() }

    /// The steps that were read and not handed out.
    func takeRead() -> [ReadStep] { unread.take() }

    /// Spreads (seed, step) over 32 bits (the finaliser of MurmurHash3), so that neighbouring steps share nothing.
    static func seed(_ seed: UInt64, step: Int) -> UInt64 {
        let folded = UInt32(truncatingIfNeeded: seed ^ (seed >> 32))
        var hash = folded &* 0x9e37_79b9 &+ UInt32(truncatingIfNeeded: step)
        hash = (hash ^ (hash >> 16)) &* 0x85eb_ca6b
        hash = (hash ^ (hash >> 13)) &* 0xc2b2_ae35
        return UInt64(hash ^ (hash >> 16))
    }

    /// Runs `body` with the averaged values in the parameters, which are the ones to evaluate and to keep; without an
    /// average with the current ones.
    public nonisolated(nonsending) func withAverages<Result>(
        _ body: nonisolated(nonsending) () async throws -> Result
    ) async rethrows -> Result {
        guard let average, !isAveraged else { return try await body() }
        let current = average.place(into: parameters)
        isAveraged = true
        defer {
            for (parameter, value) in zip(parameters, current) { parameter.value = value }
            isAveraged = false
        }
        return try await body()
    }

    /// ``withAverages(_:)`` for work that does not wait.
    public func withAveragesNow<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let average, !isAveraged else { return try body() }
        isAveraged = true
        defer { isAveraged = false }
        return try average.applied(to: parameters, body)
    }
}
