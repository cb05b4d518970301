public import TensorCore

/// Leads a latent from noise to a clean one: which timesteps are evaluated, what the network is given and what follows from its answer.
///
/// A scheduler is a value for one image: it remembers answers of earlier steps. Latents are float32.
public protocol LatentScheduler: Sendable {
    /// The timesteps of the evaluations, in order.
    var timesteps: [Float] { get }
    /// What standard normal noise is multiplied by for the first latent.
    var initialNoiseScale: Float { get }
    /// The latent as the network expects it at evaluation `index`.
    func modelInput(_ latent: Tensor, at index: Int) -> Tensor
    /// A clean latent with as much noise as the latent has before evaluation `index`: where image-to-image begins.
    func noised(_ clean: Tensor, with noise: Tensor, at index: Int) -> Tensor
    /// What follows from the network's answer to evaluation `index`.
    ///
    /// - Parameters:
    ///   - output: the network's answer, after guidance.
    ///   - index: which evaluation; they follow one another, but the first need not be 0.
    ///   - latent: before the step.
    ///   - random: where schedulers that add noise draw it.
    mutating func step(_ output: Tensor, at index: Int, _ latent: Tensor, random: inout TorchRandom) -> LatentStep
}

/// What one step of a ``LatentScheduler`` gives.
public struct LatentStep: Sendable {
    /// The latent after the step.
    public var latent: Tensor
    /// What the network takes for the clean latent.
    public var clean: Tensor
}

/// What a network answers, by diffusers' names.
public enum LatentPrediction: String, Sendable, Hashable, Codable, CaseIterable {
    /// The noise.
    case noise = "epsilon"
    /// `sqrt(abar) noise - sqrt(1 - abar) clean`.
    case velocity = "v_prediction"
    /// The clean latent.
    case clean = "sample"

    /// The clean latent and the noise that an answer stands for at `abar` = `alpha`.
    func parts(_ output: Tensor, _ latent: Tensor, alpha: Double) -> (clean: Tensor, noise: Tensor) {
        let (signal, level) = (Float(alpha.squareRoot()), Float((1 - alpha).squareRoot()))
        switch self {
        case .noise: return (latent.scaled(by: 1 / signal, adding: output, scaledBy: -level / signal), output)
        case .velocity:
            let clean = latent.scaled(by: signal, adding: output, scaledBy: -level)
            return (clean, output.scaled(by: signal, adding: latent, scaledBy: level))
        case .clean: return (output, latent.scaled(by: 1 / level, adding: output, scaledBy: -signal / level))
        }
    }
}

/// Which training steps are evaluated, by diffusers' names.
public enum LatentSpacing: String, Sendable, Hashable, Codable, CaseIterable {
    /// Evenly from the last to the first.
    case linspace
    /// Multiples of `T / steps`, from 0 on, plus the offset.
    case leading
    /// Multiples of `T / steps`, from the last step downward.
    case trailing
}
