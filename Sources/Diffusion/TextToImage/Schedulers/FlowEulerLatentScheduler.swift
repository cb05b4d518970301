public import TensorCore

/// Euler's method on a straight flow from noise to data (Lipman et al. 2023; Stable Diffusion 3), as diffusers'
/// `FlowMatchEulerDiscreteScheduler`. The network answers `noise - data`.
public struct FlowEulerLatentScheduler: LatentScheduler {
    public let timesteps: [Float]
    /// The share of noise at every evaluation, and 0 at the end.
    public let sigmas: [Double]
    public var initialNoiseScale: Float { 1 }

    /// A scheduler of so many evaluations.
    ///
    /// - Precondition: at least one step.
    public init(_ settings: SchedulerSettings, steps: Int) {
        precondition(steps > 0, "FlowEulerLatentScheduler: at least one step, found \(steps)")
        let shift = Double(settings.shift)
        func shifted(_ sigma: Double) -> Double { shift * sigma / (1 + (shift - 1) * sigma) }
        // The reference shifts twice: the ends of the range, then everything between them.
        let smallest = shifted(1 / Double(settings.trainingSteps))
        let line = LatentSchedule.line(1, smallest, steps).map(shifted)
        timesteps = line.map { Float($0 * Double(settings.trainingSteps)) }
        sigmas = line + [0]
    }

    public func modelInput(_ latent: Tensor, at index: Int) -> Tensor { latent }

    public func noised(_ clean: Tensor, with noise: Tensor, at index: Int) -> Tensor {
        let sigma = Float(sigmas[index])
        return clean.scaled(by: 1 - sigma, adding: noise, scaledBy: sigma)
    }

    public mutating func step(_ output: Tensor, at index: Int, _ latent: Tensor, random: inout TorchRandom) -> LatentStep {
        let (sigma, next) = (sigmas[index], sigmas[index + 1])
        return LatentStep(
            latent: latent.scaled(by: 1, adding: output, scaledBy: Float(next - sigma)),
            clean: latent.scaled(by: 1, adding: output, scaledBy: Float(-sigma)))
    }
}
