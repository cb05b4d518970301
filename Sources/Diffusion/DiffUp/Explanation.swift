public import Datasets
internal import SegModels
internal import TensorCore

/// What a model saw and thought while it segmented a query: the material of pictures.
public struct Explanation: Sendable {
    /// The fused priors of one level, of the prior that is last in the layout.
    public struct Level: Sendable {
        /// The mean prior, scaled to 0...1.
        public var mean: ScalarMap
        /// The variance prior, scaled to 0...1.
        public var variance: ScalarMap
    }

    /// One sampling step.
    public struct Step: Sendable {
        /// The timestep.
        public var timestep: Int
        /// The noisy mask, scaled to 0...1.
        public var noisy: ScalarMap
        /// The estimate of the clean mask as probabilities.
        public var clean: ProbabilityMap
    }

    /// The levels, finest first.
    public var levels: [Level]
    /// The steps, noisiest first.
    public var steps: [Step]
    /// The error map that the quality branch predicts for the result: 0.5 is no error, 1 a missed object, 0 a wrong one.
    public var errorMap: ScalarMap?
    /// The IoU that the quality branch predicts for the result.
    public var predictedIoU: Float?
    /// The result.
    public var probabilities: ProbabilityMap?
    /// How probably the thing is in the query at all, of a model that judges it (``DiffUpParts/presence``).
    public var presence: Float?

    /// The result as a segmenter gives it.
    var prediction: Prediction? {
        probabilities.map { map in presence.map { .judged(map, presence: $0) } ?? .probabilities(map) }
    }

    init() {
        levels = []
        steps = []
    }

    mutating func record(_ event: DiffUpPipeline.Event) {
        switch event {
        case .priors, .samples: break
        case .mask(let mask, let denoiser):
            let judged = denoiser.quality(of: mask * 2 - 1)
            errorMap = judged?.errorMap.map { ScalarMap((($0 + 1) * 0.5).clamped(to: 0...1)) }
            predictedIoU = judged?.iou?.mean().scalar
        case .conditions(let conditions, let layout):
            guard let shown = Self.lastPrior(layout) else { return }
            levels = conditions.levels.compactMap { map in
                guard let mean = layout.map(.mean(shown), in: map), let variance = layout.map(.variance(shown), in: map) else {
                    return nil
                }
                return Level(mean: Self.stretched(mean), variance: Self.stretched(variance))
            }
        case .step(let step):
            let noisy = (step.noisy.clamped(to: -1...1) + 1) * 0.5
            steps.append(
                Step(timestep: step.timestep, noisy: ScalarMap(noisy), clean: ProbabilityMap((step.clean + 1) * 0.5)))
        }
    }

    private static func lastPrior(_ layout: ConditionLayout) -> String? {
        layout.channels.compactMap { if case .mean(let name) = $0 { name } else { nil } }.last
    }

    private static func stretched(_ map: Tensor) -> ScalarMap {
        let (low, high) = (map.min().scalar, map.max().scalar)
        return ScalarMap((map - low) / max(high - low, 1e-6))
    }
}
