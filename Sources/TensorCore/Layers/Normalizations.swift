/// Group normalisation with learned scale and shift: state `weight [C]`, `bias [C]` (PyTorch's `GroupNorm`).
public final class GroupNorm: Module {
    public let scope: ParameterScope
    /// The scale, `[C]`.
    public let weight: Parameter
    /// The shift, `[C]`.
    public let bias: Parameter
    private let groups: Int
    private let epsilon: Float

    /// Registers the layer as the identity after normalisation.
    public init(_ scope: ParameterScope, groups: Int, channels: Int, epsilon: Float = 1e-5) {
        self.scope = scope
        self.groups = groups
        self.epsilon = epsilon
        weight = scope.parameter("weight", shape: [channels], initializer: .ones)
        bias = scope.parameter("bias", shape: [channels], initializer: .zeros)
    }

    /// Normalises `[N, ..., C]`.
    public func callAsFunction(_ x: Tensor, activation: FusedActivation = .none) -> Tensor {
        x.groupNorm(groups: groups, scale: weight.value, shift: bias.value, epsilon: epsilon, activation: activation)
    }
}

/// Layer normalisation over the last axis: state `weight [C]`, `bias [C]` (PyTorch's `LayerNorm`).
public final class LayerNorm: Module {
    public let scope: ParameterScope
    /// The scale, `[C]`.
    public let weight: Parameter
    /// The shift, `[C]`.
    public let bias: Parameter
    private let epsilon: Float

    /// Registers the layer as the identity after normalisation.
    public init(_ scope: ParameterScope, width: Int, epsilon: Float = 1e-5) {
        self.scope = scope
        self.epsilon = epsilon
        weight = scope.parameter("weight", shape: [width], initializer: .ones)
        bias = scope.parameter("bias", shape: [width], initializer: .zeros)
    }

    /// Normalises `[..., C]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.layerNorm(scale: weight.value, shift: bias.value, epsilon: epsilon)
    }
}

/// Root-mean-square normalisation over the last axis: state `weight [C]`.
public final class RMSNorm: Module {
    public let scope: ParameterScope
    /// The scale, `[C]`.
    public let weight: Parameter
    private let epsilon: Float

    /// Registers the layer with scale one.
    public init(_ scope: ParameterScope, width: Int, epsilon: Float = 1e-6) {
        self.scope = scope
        self.epsilon = epsilon
        weight = scope.parameter("weight", shape: [width], initializer: .ones)
    }

    /// Normalises `[..., C]`.
    public func callAsFunction(_ x: Tensor) -> Tensor { x.rmsNorm(scale: weight.value, epsilon: epsilon) }
}
