public import TensorCore

/// Denoising diffusion implicit models (Song et al. 2021): few deterministic steps through the reverse process
/// (equation 14), from noise around the condition shift to a clean mask.
public struct DDIMSampler: MaskSampler, Hashable {
    /// Steps, spread over the schedule.
    public var steps: Int
    /// Which timesteps they visit.
    public var spacing: TimestepSpacing
    /// Noise added at every step: 0 is deterministic, 1 is DDPM's variance.
    public var eta: Float

    /// Makes a sampler.
    public init(steps: Int, spacing: TimestepSpacing = .trailing, eta: Float = 0) {
        self.steps = steps
        self.spacing = spacing
        self.eta = eta
    }

    public var stepCount: Int { steps }
    public var briefest: any MaskSampler { DDIMSampler(steps: 1, spacing: spacing, eta: eta) }

    /// - Precondition: between one step and the schedule's count.
    public func sample(
        _ process: DiffusionProcess, noise: Tensor, expectation: Tensor?, random: inout TorchRandom,
        onStep: (SamplingStep) throws -> Void, denoise: (Tensor, Int) throws -> Tensor
    ) throws -> Tensor {
        let walk = ReverseWalk(process, steps: steps, spacing: spacing)
        return try walk(noise, expectation: expectation, onStep: onStep, denoise: denoise) { next($0, &random) }
    }

    private func next(_ transition: ReverseWalk.Transition, _ random: inout TorchRandom) -> Tensor {
        let (schedule, t, s) = (transition.schedule, transition.from, transition.to)
        // The noise is derived again from the clipped mask, so that both belong together.
        let (signal, level) = (schedule.signal(at: t), schedule.noise(at: t))
        let epsilon = transition.noisy.scaled(by: 1 / level, adding: transition.clean, scaledBy: -signal / level)
        let (alphaT, alphaS) = (schedule.alphasCumulative[t], schedule.alphasCumulative[s])
        let ratio = (1 - alphaS) / (1 - alphaT) * (1 - alphaT / alphaS)
        let sigma = eta * Float(max(ratio, 0).squareRoot())
        let direction = Float(max(1 - alphaS - Double(sigma * sigma), 0).squareRoot())
        let x = transition.clean.scaled(by: schedule.signal(at: s), adding: epsilon, scaledBy: direction)
        return sigma > 0 ? x.scaled(by: 1, adding: random.normal(shape: x.shape, beside: x), scaledBy: sigma) : x
    }
}
