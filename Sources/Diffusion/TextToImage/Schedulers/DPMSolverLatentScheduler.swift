internal import Foundation
public import TensorCore

/// DPM-Solver++ (Lu et al. 2022) of first or second order (2M, midpoint), as diffusers' `DPMSolverMultistepScheduler`.
public struct DPMSolverLatentScheduler: LatentScheduler {
    public let timesteps: [Float]
    /// Noise of every evaluation, and that of the end.
    public let sigmas: [Double]
    public var initialNoiseScale: Float { 1 }
    private let settings: SchedulerSettings
    /// The clean latent of the step before, where this image has one.
    private var earlier: (index: Int, clean: Tensor)?

    /// A scheduler of so many evaluations.
    ///
    /// - Precondition: between one step and the training steps.
    public init(_ settings: SchedulerSettings, steps: Int) {
        self.settings = settings
        let schedule = settings.schedule
        var times = Self.timesteps(settings, steps: steps)
        var sigmas = times.map { schedule.sigma(at: $0) }
        if settings.usesKarras, let smallest = schedule.sigmas.first, let largest = schedule.sigmas.last {
            sigmas = LatentSchedule.karras(from: largest, to: smallest, count: steps)
            times = sigmas.map { schedule.timestep(of: $0) }
            if settings.curve != .squaredCosine { times = times.map { $0.rounded(.toNearestOrEven) } }
        }
        timesteps = times.map { Float($0) }
        self.sigmas = sigmas + [settings.endsAtZero ? 0 : schedule.sigmas[0]]
    }

    private static func timesteps(_ settings: SchedulerSettings, steps: Int) -> [Double] {
        let count = settings.trainingSteps
        switch settings.spacing {
        case .linspace:
            let all = LatentSchedule.line(0, Double(count - 1), steps + 1).map { $0.rounded(.toNearestOrEven) }
            return all.dropFirst().reversed()
        case .leading:
            let ratio = count / (steps + 1)
            return (1...steps).reversed().map { Double($0 * ratio + settings.offset) }
        case .trailing:
            let ratio = Double(count) / Double(steps)
            return (0..<steps).map { (Double(count) - Double($0) * ratio).rounded(.toNearestOrEven) - 1 }
        }
    }

    public func modelInput(_ latent: Tensor, at index: Int) -> Tensor { latent }

    public func noised(_ clean: Tensor, with noise: Tensor, at index: Int) -> Tensor {
        let point = Point(sigmas[index])
        return clean.scaled(by: Float(point.signal), adding: noise, scaledBy: Float(point.noise))
    }

    public mutating func step(_ output: Tensor, at index: Int, _ latent: Tensor, random: inout TorchRandom) -> LatentStep {
        let (now, next) = (Point(sigmas[index]), Point(sigmas[index + 1]))
        let clean = settings.prediction.parts(output, latent, alpha: now.signal * now.signal).clean
        // The end is of first order: always where it is 0, else of few steps.
        let isLast = index == timesteps.count - 1
        let isLower = settings.endsAtZero || (settings.lowersLastOrder && timesteps.count < 15)
        let step = next.logRatio - now.logRatio
        let factor = -next.signal * expm1(-step)
        var result = latent.scaled(by: Float(next.noise / now.noise), adding: clean, scaledBy: Float(factor))
        if settings.order == 2, let earlier, earlier.index == index - 1, !(isLast && isLower) {
            let ratio = (now.logRatio - Point(sigmas[index - 1]).logRatio) / step
            let half = Float(0.5 * factor / ratio)
            result = result + clean.scaled(by: half, adding: earlier.clean, scaledBy: -half)
        }
        earlier = (index, clean)
        return LatentStep(latent: result, clean: clean)
    }

    /// A place on the way: `alpha`, `sigma` of the variance-preserving form and `ln alpha - ln sigma`.
    private struct Point {
        let signal: Double
        let noise: Double
        var logRatio: Double { log(signal) - log(noise) }

        init(_ sigma: Double) {
            signal = 1 / (sigma * sigma + 1).squareRoot()
            noise = sigma * signal
        }
    }
}
