public import TensorCore

/// Denoising diffusion implicit models (Song et al. 2021), as diffusers' `DDIMScheduler`.
public struct DDIMLatentScheduler: LatentScheduler {
    public let timesteps: [Float]
    public var initialNoiseScale: Float { 1 }
    private let settings: SchedulerSettings
    private let schedule: LatentSchedule
    private let stride: Int

    /// A scheduler of so many evaluations.
    ///
    /// - Precondition: between one step and the training steps.
    public init(_ settings: SchedulerSettings, steps: Int) {
        self.settings = settings
        schedule = settings.schedule
        stride = schedule.count / steps
        timesteps = Self.timesteps(settings, steps: steps)
    }

    private static func timesteps(_ settings: SchedulerSettings, steps: Int) -> [Float] {
        let count = settings.trainingSteps
        switch settings.spacing {
        case .linspace:
            return LatentSchedule.line(0, Double(count - 1), steps).reversed().map { Float($0.rounded(.toNearestOrEven)) }
        case .leading: return (0..<steps).reversed().map { Float($0 * (count / steps) + settings.offset) }
        case .trailing:
            let ratio = Double(count) / Double(steps)
            return (0..<steps).map { Float((Double(count) - Double($0) * ratio).rounded(.toNearestOrEven) - 1) }
        }
    }

    public func modelInput(_ latent: Tensor, at index: Int) -> Tensor { latent }

    public func noised(_ clean: Tensor, with noise: Tensor, at index: Int) -> Tensor {
        let alpha = schedule.alphasCumulative[Int(timesteps[index])]
        return clean.scaled(by: Float(alpha.squareRoot()), adding: noise, scaledBy: Float((1 - alpha).squareRoot()))
    }

    public mutating func step(_ output: Tensor, at index: Int, _ latent: Tensor, random: inout TorchRandom) -> LatentStep {
        let now = Int(timesteps[index])
        let (alpha, next) = (schedule.alphasCumulative[now], settings.alpha(at: now - stride, of: schedule))
        var (clean, noise) = settings.prediction.parts(output, latent, alpha: alpha)
        if let bound = settings.clipsTo {
            // The noise stays the network's, as in the reference.
            clean = clean.clamped(to: -bound...bound)
            if settings.prediction == .clean { noise = settings.prediction.parts(clean, latent, alpha: alpha).noise }
        }
        let ratio = (1 - next) / (1 - alpha) * (1 - alpha / next)
        let sigma = Double(settings.eta) * max(ratio, 0).squareRoot()
        let direction = max(1 - next - sigma * sigma, 0).squareRoot()
        var result = clean.scaled(by: Float(next.squareRoot()), adding: noise, scaledBy: Float(direction))
        if sigma > 0 {
            result = result.scaled(by: 1, adding: random.latentNoise(latent.shape, beside: latent), scaledBy: Float(sigma))
        }
        return LatentStep(latent: result, clean: clean)
    }
}

extension TorchRandom {
    /// Standard normal noise for latents `[N, H, W, C]` in the order in which PyTorch draws it for `[N, C, H, W]`.
    public mutating func latentNoise(_ shape: Shape, beside other: Tensor) -> Tensor {
        normal(shape: [shape[0], shape[3], shape[1], shape[2]], beside: other).permuted([0, 2, 3, 1])
    }
}
