internal import Foundation
public import TensorCore

/// DPM-Solver++ (2M) (Lu et al. 2022): deterministic steps of second order, each of which extrapolates the estimates of the clean
/// mask linearly in the logarithm of signal over noise. The first step is of first order, which is DDIM's; the last one ends at
/// the estimate itself.
public struct DPMSolverSampler: MaskSampler, Hashable {
    /// Steps, spread over the schedule.
    public var steps: Int
    /// Which timesteps they visit.
    public var spacing: TimestepSpacing

    /// Makes a sampler.
    public init(steps: Int, spacing: TimestepSpacing = .trailing) {
        self.steps = steps
        self.spacing = spacing
    }

    public var stepCount: Int { steps }
    public var briefest: any MaskSampler { DPMSolverSampler(steps: 1, spacing: spacing) }

    /// - Precondition: between one step and the schedule's count.
    public func sample(
        _ process: DiffusionProcess, noise: Tensor, expectation: Tensor?, random: inout TorchRandom,
        onStep: (SamplingStep) throws -> Void, denoise: (Tensor, Int) throws -> Tensor
    ) throws -> Tensor {
        let walk = ReverseWalk(process, steps: steps, spacing: spacing)
        var solver = Solver()
        return try walk(noise, expectation: expectation, onStep: onStep, denoise: denoise) { solver.next($0) }
    }

    /// What a step remembers of the one before.
    struct Solver {
        private var previous: (clean: Tensor, step: Double)?

        init() {}

        mutating func next(_ transition: ReverseWalk.Transition) -> Tensor {
            let (schedule, t, s) = (transition.schedule, transition.from, transition.to)
            let (alphaT, alphaS) = (schedule.alphasCumulative[t], schedule.alphasCumulative[s])
            let noiseRatio = ((1 - alphaS) / (1 - alphaT)).squareRoot()
            let signalRatio = (alphaT / alphaS).squareRoot()
            // h = lambda_s - lambda_t with lambda = ln(signal / noise), so that e^-h is the product of both ratios.
            let step = -log(noiseRatio * signalRatio)
            var clean = transition.clean
            if let previous {
                let weight = Float(0.5 * step / previous.step)
                clean = clean.scaled(by: 1 + weight, adding: previous.clean, scaledBy: -weight)
            }
            previous = (transition.clean, step)
            let weight = schedule.signal(at: s) * Float(1 - noiseRatio * signalRatio)
            return transition.noisy.scaled(by: Float(noiseRatio), adding: clean, scaledBy: weight)
        }
    }
}
