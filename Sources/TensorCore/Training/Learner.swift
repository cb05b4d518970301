/// What learns: the parameters of a training and the loss of a part of a step.
///
/// A ``TrainingEngine`` does the rest. Everything that the loss draws at random comes from the source that it is handed,
/// which follows from the seed and the step: a run that was killed then continues with the bits that it would have had.
public protocol Learner {
    /// All that training changes or a checkpoint must hold: weights and buffers such as running statistics, each path once.
    var parameters: [Parameter] { get }

    /// What decides the results beside ``TrainingEngine/Settings``, the optimizer's constants included. A state of other
    /// settings is refused.
    var settings: any Encodable { get }

    /// The loss of one micro-batch, a mean over its examples.
    ///
    /// - Parameters:
    ///   - context: the step and the micro-batch.
    ///   - random: the step's source; the micro-batches of a step draw from it one after the other.
    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss
}

/// Which part of a training is at work.
public struct StepContext: Sendable {
    /// The step, counted from 1.
    public let step: Int
    /// Steps in all.
    public let total: Int
    /// The micro-batch of the step, counted from 0; in hooks the number of the last one.
    public let microBatch: Int
    /// Micro-batches a step.
    public let microBatchCount: Int
    /// What is trained, in the learner's order: what a hook goes through.
    public let parameters: [Parameter]
}

/// The loss of a micro-batch, with what a reader of the log wants to know about it.
public struct StepLoss {
    /// A scalar with its graph.
    public var value: Tensor
    /// Further scalars by name, read when progress is.
    public var metrics: [String: Tensor]
    /// Names the examples, for the message of a training that diverged.
    public var batch: String

    /// A loss; the metrics leave their graphs.
    public init(_ value: Tensor, metrics: [String: Tensor] = [:], batch: String = "") {
        self.value = value
        self.metrics = metrics.mapValues { $0.detached() }
        self.batch = batch
    }
}
