public import TensorCore

/// Pseudo numerical methods (Liu et al. 2022), linear multistep without Runge-Kutta warm-up: diffusers' `PNDMScheduler` with
/// `skip_prk_steps`, the one that Stable Diffusion 1.5 was published with. Its second timestep is evaluated twice.
public struct PNDMLatentScheduler: LatentScheduler {
    public let timesteps: [Float]
    public var initialNoiseScale: Float { 1 }
    private let settings: SchedulerSettings
    private let schedule: LatentSchedule
    private let stride: Int
    private var answers: [Tensor] = []
    private var count = 0
    private var first: Tensor?

    /// A scheduler of `steps + 1` evaluations.
    ///
    /// - Precondition: between one step and the training steps.
    public init(_ settings: SchedulerSettings, steps: Int) {
        self.settings = settings
        schedule = settings.schedule
        stride = schedule.count / steps
        let times = DDIMLatentScheduler(settings, steps: steps).timesteps
        timesteps = steps > 1 ? [times[0], times[1]] + times[1...] : times
    }

    public func modelInput(_ latent: Tensor, at index: Int) -> Tensor { latent }

    public func noised(_ clean: Tensor, with noise: Tensor, at index: Int) -> Tensor {
        let alpha = schedule.alphasCumulative[Int(timesteps[index])]
        return clean.scaled(by: Float(alpha.squareRoot()), adding: noise, scaledBy: Float((1 - alpha).squareRoot()))
    }

    public mutating func step(_ output: Tensor, at index: Int, _ latent: Tensor, random: inout TorchRandom) -> LatentStep {
        var now = Int(timesteps[index])
        var next = now - stride
        var latent = latent
        if count == 1 {
            (next, now) = (now, now + stride)
        } else {
            answers = answers.suffix(3) + [output]
        }
        let mixed = mixture(output)
        if count == 0 {
            first = latent
        } else if count == 1, let first {
            latent = first
        }
        count += 1
        let (alpha, after) = (settings.alpha(at: now, of: schedule), settings.alpha(at: next, of: schedule))
        var noise = mixed
        if settings.prediction == .velocity {
            noise = mixed.scaled(by: Float(alpha.squareRoot()), adding: latent, scaledBy: Float((1 - alpha).squareRoot()))
        }
        let root = (alpha * (1 - alpha) * after).squareRoot()
        let divisor = alpha * (1 - after).squareRoot() + root
        let result = latent.scaled(
            by: Float((after / alpha).squareRoot()), adding: noise, scaledBy: Float(-(after - alpha) / divisor))
        let clean = LatentPrediction.noise.parts(noise, latent, alpha: alpha).clean
        return LatentStep(latent: result, clean: clean)
    }

    /// The answer that the multistep method takes: Adams and Bashforth's of as many answers as there are.
    private func mixture(_ output: Tensor) -> Tensor {
        let e = Array(answers.reversed())
        switch (e.count, count) {
        case (1, 0): return output
        case (1, _): return output.scaled(by: 0.5, adding: e[0], scaledBy: 0.5)
        case (2, _): return e[0].scaled(by: 1.5, adding: e[1], scaledBy: -0.5)
        case (3, _):
            return e[0].scaled(by: 23 / 12, adding: e[1], scaledBy: -16 / 12).scaled(by: 1, adding: e[2], scaledBy: 5 / 12)
        default:
            let recent = e[0].scaled(by: 55 / 24, adding: e[1], scaledBy: -59 / 24)
            return recent + e[2].scaled(by: 37 / 24, adding: e[3], scaledBy: -9 / 24)
        }
    }
}
