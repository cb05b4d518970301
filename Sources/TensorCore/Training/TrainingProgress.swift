/// One step of a training, for people and logs.
public struct TrainingProgress: Sendable {
    /// Steps done, this one included, and their speed in this run, without evaluations and checkpoints.
    public var work: WorkProgress
    /// The loss, a mean over the micro-batches.
    public var loss: Float
    /// The gradients' norm after the hooks, before clipping.
    public var gradientNorm: Float
    /// The learning rate of the step.
    public var learningRate: Float
    /// The learner's own figures, means over the micro-batches.
    public var metrics: [String: Float]

    /// Steps done, this one included.
    public var step: Int { work.done }
    /// Steps in all.
    public var total: Int { work.total }
}

/// Who listens to a training, and how often.
///
/// Nothing here changes what is learned: a run may be continued with other intervals.
public struct TrainingCallbacks {
    /// Called for every step, in order, as soon as its values were read.
    public var onProgress: (TrainingProgress) throws -> Void = { _ in }
    /// Steps between two reads of the losses; see ``TrainingEngine``.
    public var lookInterval = 1
    /// Called with the number of steps done; the averaged values are in the parameters meanwhile.
    public var onEvaluation: nonisolated(nonsending) (Int) async throws -> Void = { _ in }
    /// Steps between evaluations; 0 for none.
    public var evaluationInterval = 0
    /// Called with the number of steps done, after the evaluation of the step; saves the state.
    public var onCheckpoint: (Int) throws -> Void = { _ in }
    /// Steps between checkpoints; 0 for none.
    public var checkpointInterval = 0

    /// Nobody listens.
    public init() {}
}
