public import TensorCore

/// Euler's method on the probability flow (Karras et al. 2022, algorithm 2 without churn), as diffusers' `EulerDiscreteScheduler`.
public struct EulerLatentScheduler: LatentScheduler {
    public let timesteps: [Float]
    /// Noise of every evaluation, and 0 at the end.
    public let sigmas: [Double]
    private let settings: SchedulerSettings

    /// A scheduler of so many evaluations.
    ///
    /// - Precondition: between one step and the training steps.
    public init(_ settings: SchedulerSettings, steps: Int) {
        self.settings = settings
        let schedule = settings.schedule
        var times = Self.timesteps(settings, steps: steps)
        var sigmas = times.map { schedule.sigma(at: $0) }
        if settings.usesKarras, let first = sigmas.first, let last = sigmas.last {
            sigmas = LatentSchedule.karras(from: first, to: last, count: steps)
            times = sigmas.map { schedule.timestep(of: $0) }
        }
        timesteps = times.map { Float($0) }
        self.sigmas = sigmas + [0]
    }

    private static func timesteps(_ settings: SchedulerSettings, steps: Int) -> [Double] {
        let count = settings.trainingSteps
        switch settings.spacing {
        case .linspace: return LatentSchedule.line(0, Double(count - 1), steps).reversed()
        case .leading: return (0..<steps).reversed().map { Double($0 * (count / steps) + settings.offset) }
        case .trailing:
            let ratio = Double(count) / Double(steps)
            return (0..<steps).map { (Double(count) - Double($0) * ratio).rounded(.toNearestOrEven) - 1 }
        }
    }

    public var initialNoiseScale: Float {
        let largest = sigmas.max() ?? 1
        return Float(settings.spacing == .leading ? (largest * largest + 1).squareRoot() : largest)
    }

    public func modelInput(_ latent: Tensor, at index: Int) -> Tensor {
        latent * Float(1 / (sigmas[index] * sigmas[index] + 1).squareRoot())
    }

    public func noised(_ clean: Tensor, with noise: Tensor, at index: Int) -> Tensor {
        clean.scaled(by: 1, adding: noise, scaledBy: Float(sigmas[index]))
    }

    public mutating func step(_ output: Tensor, at index: Int, _ latent: Tensor, random: inout TorchRandom) -> LatentStep {
        let (sigma, next) = (sigmas[index], sigmas[index + 1])
        let clean: Tensor
        switch settings.prediction {
        case .noise: clean = latent.scaled(by: 1, adding: output, scaledBy: Float(-sigma))
        case .velocity:
            let square = sigma * sigma + 1
            clean = latent.scaled(by: Float(1 / square), adding: output, scaledBy: Float(-sigma / square.squareRoot()))
        case .clean: clean = output
        }
        // x + (x - clean) / sigma * (next - sigma)
        let ratio = Float(next / sigma)
        return LatentStep(latent: latent.scaled(by: ratio, adding: clean, scaledBy: 1 - ratio), clean: clean)
    }
}
