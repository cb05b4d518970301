/// Activation functions, named as the field names them. Derivatives follow PyTorch, also at the kinks.
extension Tensor {
    /// `max(x, 0)`.
    public func relu() -> Tensor { mapped(.relu) }
    /// `min(max(x, 0), 6)`.
    public func relu6() -> Tensor { mapped(.clamp, alpha: 0, beta: 6) }
    /// `x > 0 ? x : slope * x`.
    public func leakyReLU(slope: Float = 0.01) -> Tensor { mapped(.leakyReLU, alpha: slope) }
    /// `x > 0 ? x : alpha * (exp(x) - 1)`.
    public func elu(alpha: Float = 1) -> Tensor { mapped(.elu, alpha: alpha) }
    /// `1 / (1 + exp(-x))`.
    public func sigmoid() -> Tensor { mapped(.sigmoid) }
    /// The hyperbolic tangent.
    public func tanh() -> Tensor { mapped(.tanh) }
    /// `x * sigmoid(x)`, also called swish.
    public func silu() -> Tensor { mapped(.silu) }
    /// `x * sigmoid(1.702 x)`, the activation of OpenAI's CLIP.
    public func quickGELU() -> Tensor { mapped(.quickGELU) }
    /// `log(1 + exp(x))`.
    public func softplus() -> Tensor { mapped(.softplus) }
    /// `x * clamp(x + 3, 0, 6) / 6`.
    public func hardSwish() -> Tensor { mapped(.hardSwish) }
    /// `clamp(x + 3, 0, 6) / 6`.
    public func hardSigmoid() -> Tensor { mapped(.hardSigmoid) }

    /// The Gaussian error linear unit: exact (`erf`), or the tanh approximation that some checkpoints were trained with.
    public func gelu(approximation: GELUApproximation = .none) -> Tensor {
        mapped(approximation == .none ? .geluErf : .geluTanh)
    }

    /// `value * gelu(gate)` for a last axis `[value, gate]`, as in Stable Diffusion's feed-forward layers.
    public func geglu() -> Tensor {
        let isEven = rank > 0 && shape[rank - 1] % 2 == 0
        _ = Operands("geglu", self).moved(self, "x", where: isEven, "an even last axis")
        let half = shape[rank - 1] / 2
        let value = sliced(axis: -1, from: 0, count: half)
        return value * sliced(axis: -1, from: half, count: half).gelu()
    }

    /// The function behind a fused activation, for graphs that record it as an operation of its own.
    package func activated(_ activation: FusedActivation) -> Tensor {
        switch activation {
        case .none: self
        case .relu: relu()
        case .relu6: relu6()
        case .silu: silu()
        case .quickGELU: quickGELU()
        case .geluErf: gelu()
        case .geluTanh: gelu(approximation: .tanh)
        case .sigmoid: sigmoid()
        }
    }
}

/// How ``Tensor/gelu(approximation:)`` computes.
public enum GELUApproximation: Sendable {
    case none, tanh
}
