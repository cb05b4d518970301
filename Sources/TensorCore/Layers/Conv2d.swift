/// A two-dimensional convolution.
///
/// Shapes: input `[N, H, W, in]`, output `[N, H', W', out]`. State: `weight [out, in / groups, kh, kw]`, `bias [out]`
/// (PyTorch's `Conv2d`).
public final class Conv2d: Module {
    public let scope: ParameterScope
    /// `[out, in / groups, kh, kw]`.
    public let weight: Parameter
    /// `[out]`, where there is one.
    public let bias: Parameter?
    /// Stride, padding, dilation, groups.
    public let options: ConvolutionOptions

    /// Registers the layer with PyTorch's initial distribution, or zeros.
    public init(
        _ scope: ParameterScope, inputChannels: Int, outputChannels: Int, kernelSize: Size2D,
        _ options: ConvolutionOptions = ConvolutionOptions(), bias: Bool = true, initializer: Initializer = .torchDefault
    ) {
        self.scope = scope
        self.options = options
        let fanIn = inputChannels / options.groups
        weight = scope.parameter(
            "weight", shape: [outputChannels, fanIn, kernelSize.height, kernelSize.width], initializer: initializer)
        let receptive = fanIn * kernelSize.height * kernelSize.width
        let biasInitializer: Initializer = initializer == .zeros ? .zeros : .torchBias(fanIn: receptive)
        self.bias = bias ? scope.parameter("bias", shape: [outputChannels], initializer: biasInitializer) : nil
    }

    /// Applies the layer; residual and activation join the kernel where no gradient is recorded.
    public func callAsFunction(_ x: Tensor, residual: Tensor? = nil, activation: FusedActivation = .none) -> Tensor {
        x.conv2d(weight: weight.value, bias: bias?.value, options, residual: residual, activation: activation)
    }
}

/// A transposed two-dimensional convolution.
///
/// Shapes: input `[N, H, W, in]`, output `[N, H', W', out]`. State: `weight [in, out / groups, kh, kw]`, `bias [out]`
/// (PyTorch's `ConvTranspose2d`).
public final class ConvTranspose2d: Module {
    public let scope: ParameterScope
    /// `[in, out / groups, kh, kw]`.
    public let weight: Parameter
    /// `[out]`, where there is one.
    public let bias: Parameter?
    /// Stride, padding, dilation, groups.
    public let options: ConvolutionOptions

    /// Registers the layer with PyTorch's initial distribution.
    public init(
        _ scope: ParameterScope, inputChannels: Int, outputChannels: Int, kernelSize: Size2D,
        _ options: ConvolutionOptions = ConvolutionOptions(), bias: Bool = true
    ) {
        self.scope = scope
        self.options = options
        weight = scope.parameter(
            "weight", shape: [inputChannels, outputChannels / options.groups, kernelSize.height, kernelSize.width],
            initializer: .torchDefault)
        let fanIn = outputChannels / options.groups * kernelSize.height * kernelSize.width
        self.bias = bias ? scope.parameter("bias", shape: [outputChannels], initializer: .torchBias(fanIn: fanIn)) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.convTranspose2d(weight: weight.value, bias: bias?.value, options)
    }
}
