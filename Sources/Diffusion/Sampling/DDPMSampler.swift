public import TensorCore

/// Ancestral sampling (Ho et al. 2020): every step draws from the posterior `q(x_s | x_t, x_0)` of the estimated clean mask,
/// the variance being the posterior's own. With fewer steps than the schedule has it walks the respaced chain (Nichol and Dhariwal
/// 2021).
public struct DDPMSampler: MaskSampler, Hashable {
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
    public var briefest: any MaskSampler { DDPMSampler(steps: 1, spacing: spacing) }

    /// - Precondition: between one step and the schedule's count.
    public func sample(
        _ process: DiffusionProcess, noise: Tensor, expectation: Tensor?, random: inout TorchRandom,
        onStep: (SamplingStep) throws -> Void, denoise: (Tensor, Int) throws -> Tensor
    ) throws -> Tensor {
        let walk = ReverseWalk(process, steps: steps, spacing: spacing)
        return try walk(noise, expectation: expectation, onStep: onStep, denoise: denoise) { transition in
            let posterior = Posterior(transition.schedule, from: transition.from, to: transition.to)
            let mean = transition.clean.scaled(
                by: posterior.cleanWeight, adding: transition.noisy, scaledBy: posterior.noisyWeight)
            let draw = random.normal(shape: mean.shape, beside: mean)
            return mean.scaled(by: 1, adding: draw, scaledBy: posterior.deviation)
        }
    }

    /// `q(x_s | x_t, x_0)` for `s` before `t`: its mean is a weighted sum of both.
    struct Posterior {
        var cleanWeight: Float
        var noisyWeight: Float
        var deviation: Float

        init(_ schedule: NoiseSchedule, from t: Int, to s: Int) {
            let (alphaT, alphaS) = (schedule.alphasCumulative[t], schedule.alphasCumulative[s])
            let alpha = alphaT / alphaS
            let (beta, left, right) = (1 - alpha, 1 - alphaS, 1 - alphaT)
            cleanWeight = Float(alphaS.squareRoot() * beta / right)
            noisyWeight = Float(alpha.squareRoot() * left / right)
            deviation = Float(max(beta * left / right, 0).squareRoot())
        }
    }
}
