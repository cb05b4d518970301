/// A fully connected layer, `y = x W^T + b` over the last axis.
///
/// Shapes: input `[..., in]`, output `[..., out]`. State: `weight [out, in]`, `bias [out]` (PyTorch's `Linear`).
public final class Linear: Module {
    public let scope: ParameterScope
    /// `[out, in]`.
    public let weight: Parameter
    /// `[out]`, where there is one.
    public let bias: Parameter?

    /// Registers the layer with PyTorch's initial distribution, or zeros.
    public init(_ scope: ParameterScope, inputs: Int, outputs: Int, bias: Bool = true, initializer: Initializer = .torchDefault) {
        self.scope = scope
        weight = scope.parameter("weight", shape: [outputs, inputs], initializer: initializer)
        let biasInitializer: Initializer = initializer == .zeros ? .zeros : .torchBias(fanIn: inputs)
        self.bias = bias ? scope.parameter("bias", shape: [outputs], initializer: biasInitializer) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor, activation: FusedActivation = .none) -> Tensor {
        x.linear(weight: weight.value, bias: bias?.value, activation: activation)
    }
}
