import TensorCore

/// A regression of a few weights with a normalisation whose running statistics belong to the state.
final class SmallLearner: Learner {
    struct Values: Encodable {
        var examples = 8
        var nested = ["rate": 0.5, "other": 1]
    }

    /// What goes wrong at a step.
    enum Fault { case none, loss, gradient }

    var values = Values()
    var fault = Fault.none
    var faultyStep = 0
    private let scope = ParameterScope(seed: 3)
    private let first: Linear
    private let norm: BatchNorm2d
    private let last: Linear

    init() {
        first = Linear(scope["first"], inputs: 3, outputs: 4)
        norm = BatchNorm2d(scope["norm"], channels: 4)
        last = Linear(scope["last"], inputs: 4, outputs: 1)
    }

    var parameters: [Parameter] { scope.parameters }
    var settings: any Encodable { values }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let input = random.normal(shape: [values.examples, 1, 1, 3])
        let target = input.sum(axes: [3], keepingDimensions: true).sin()
        let error = (last(norm(first(input), usesBatchStatistics: true).relu()) - target)
        var loss = error.squared().mean()
        let metrics = ["error": error.absoluteValue().mean()]
        if context.step == faultyStep {
            switch fault {
            case .none: break
            case .loss: loss = loss * Float.nan
            // The root of nothing: the value is zero, its slope has no bound.
            case .gradient: loss = loss + (error * 0).squared().mean().squareRoot()
            }
        }
        return StepLoss(loss, metrics: metrics, batch: "examples of step \(context.step), part \(context.microBatch)")
    }
}

/// A weight per input and no normalisation, so that a mean over a batch is the mean of the means over its parts.
final class PlainLearner: Learner {
    let layer: Linear
    private let scope = ParameterScope(seed: 5)
    /// Draws the examples of a part.
    private let draw: (StepContext, inout TorchRandom) -> Tensor

    init(_ draw: @escaping (StepContext, inout TorchRandom) -> Tensor) {
        self.draw = draw
        layer = Linear(scope["layer"], inputs: 3, outputs: 2)
    }

    var parameters: [Parameter] { scope.parameters }
    var settings: any Encodable { ["kind": "plain"] }

    func loss(_ context: StepContext, _ random: inout TorchRandom) -> StepLoss {
        let input = draw(context, &random)
        return StepLoss((layer(input) - input.sum(axes: [1], keepingDimensions: true)).squared().mean())
    }
}

extension TrainingEngine {
    /// An engine for a test.
    static func small(
        _ learner: any Learner = SmallLearner(), steps: Int = 12, _ change: (inout Settings) -> Void = { _ in }
    ) -> TrainingEngine {
        var settings = Settings(
            schedule: LearningRateSchedule(base: 0.05, warmUpSteps: 3, totalSteps: steps, decay: .cosine(final: 0.1)))
        settings.averageDecay = 0.9
        settings.maximumNorm = 1
        settings.seed = 7
        change(&settings)
        return TrainingEngine(learner, optimizer: Adam.adamW(learningRate: 0.05), settings: settings)
    }

    /// Every value of the parameters, buffers included.
    var weights: [[Float]] { withoutGradients { parameters.map { $0.value.scalars } } }

    /// Trains and returns what was reported.
    nonisolated(nonsending) func trained(
        until last: Int? = nil, _ change: (inout TrainingCallbacks) -> Void = { _ in }
    ) async throws -> [TrainingProgress] {
        var rows: [TrainingProgress] = []
        var callbacks = TrainingCallbacks()
        callbacks.onProgress = { rows.append($0) }
        change(&callbacks)
        try await run(until: last, callbacks)
        return rows
    }
}
