public import Datasets
internal import TensorCore

/// What a model saw and thought while it segmented a query: the material of pictures.
public struct Explanation: Sendable {
    /// The fused priors of one level, of the kind that is last in the configuration.
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
    /// The error map that the last step predicted for its noisy mask: 0.5 is no error, 1 a missed object, 0 a wrong one.
    public var errorMap: ScalarMap?
    /// The IoU that the last step predicted for its noisy mask.
    public var predictedIoU: Float?
    /// The result.
    public var probabilities: ProbabilityMap?

    private let priorKinds: Int

    init(priorKinds: Int) {
        self.priorKinds = priorKinds
        levels = []
        steps = []
    }

    mutating func record(_ observation: DiffUp.Observation) {
        switch observation {
        case .conditions(let conditions):
            levels = conditions.map { map in
                let mean = map.sliced(axis: 3, from: priorKinds - 1, count: 1)
                let variance = map.sliced(axis: 3, from: 2 * priorKinds - 1, count: 1)
                return Level(mean: Self.stretched(mean), variance: Self.stretched(variance))
            }
        case .step(let step, let output):
            let noisy = (step.noisy.clamped(to: -1...1) + 1) * 0.5
            steps.append(
                Step(timestep: step.timestep, noisy: ScalarMap(noisy), clean: ProbabilityMap((step.clean + 1) * 0.5)))
            errorMap = output?.errorMap.map { ScalarMap((($0 + 1) * 0.5).clamped(to: 0...1)) }
            predictedIoU = output?.iou?.mean().scalar
        }
    }

    private static func stretched(_ map: Tensor) -> ScalarMap {
        let (low, high) = (map.min().scalar, map.max().scalar)
        return ScalarMap((map - low) / max(high - low, 1e-6))
    }
}
