internal import TensorCore

/// What the network estimates.
public enum PredictionType: String, Sendable, Hashable, Codable, CaseIterable {
    /// The noise (equation 8).
    case epsilon
    /// The clean mask.
    case sample
    /// `v = sqrt(abar) eps - sqrt(1 - abar) x_0` (Salimans and Ho 2022).
    case velocity = "v"
    /// The clean mask as the logits of its pixels, trained with binary cross-entropy: `x_0 = tanh(logits / 2)`.
    case logits
}

extension PredictionType {
    /// The training target; `signal` and `noise` broadcast to the mask.
    func target(clean: Tensor, noise: Tensor, signal: Tensor, noiseLevel: Tensor) -> Tensor {
        switch self {
        case .epsilon: noise
        case .sample, .logits: clean
        case .velocity: noise * signal - clean * noiseLevel
        }
    }

    /// The clean mask behind an estimate at one timestep. `x` is without the condition shift.
    func clean(from estimate: Tensor, x: Tensor, signal: Float, noise: Float) -> Tensor {
        switch self {
        case .sample: estimate
        case .logits: (estimate * 0.5).tanh()
        case .epsilon: x.scaled(by: 1 / signal, adding: estimate, scaledBy: -noise / signal)
        case .velocity: x.scaled(by: signal, adding: estimate, scaledBy: -noise)
        }
    }
}
