internal import TensorCore

/// A convolution whose kernels a style scales input channel by input channel, and that are brought back to unit length (weight
/// demodulation, Karras et al. 2020).
///
/// Scaling kernels by `s` is scaling the input's channels, and the length of a scaled kernel is `sqrt(sum_i s_i^2 |w_oi|^2)`, so that
/// one convolution serves all styles of a batch.
final class ModulatedConvolution: Module {
    let scope: ParameterScope
    private let weight: Parameter
    private let bias: Parameter
    private let affine: Linear
    private let padding: Int
    private let isDemodulated: Bool

    init(_ scope: ParameterScope, inputs: Int, outputs: Int, kernel: Int, style: Int, demodulates: Bool = true) {
        self.scope = scope
        padding = kernel / 2
        isDemodulated = demodulates
        weight = scope.parameter("weight", shape: [outputs, inputs, kernel, kernel], initializer: .torchDefault)
        bias = scope.parameter("bias", shape: [outputs], initializer: .zeros)
        affine = Linear(scope["affine"], inputs: style, outputs: inputs)
    }

    /// `x [N, H, W, C]`, `style [N, S]`.
    func callAsFunction(_ x: Tensor, style: Tensor) -> Tensor {
        let scales = affine(style) + 1
        let count = x.shape[0]
        let scaled = x * scales.reshaped(to: [count, 1, 1, x.shape[3]])
        let kernels = weight.value
        let options = ConvolutionOptions(padding: EdgeInsets2D(padding))
        guard isDemodulated else { return scaled.conv2d(weight: kernels, bias: bias.value, options) }
        let lengths = kernels.squared().sum(axes: [2, 3]).converted(to: scales.dtype)
        let norms = (scales.squared().matmul(lengths, transposed: .right) + 1e-8).reciprocalSquareRoot()
        let outputs = scaled.conv2d(weight: kernels, bias: nil, options)
        return outputs * norms.reshaped(to: [count, 1, 1, outputs.shape[3]]) + bias.value.converted(to: outputs.dtype)
    }
}

/// One resolution of the generator: upsampling, a modulated convolution, noise, and its part of the mask.
final class StyleBlock: Module {
    let scope: ParameterScope
    private let convolution: ModulatedConvolution
    private let toMask: ModulatedConvolution
    private let noiseStrength: Parameter
    private let grows: Bool

    init(_ scope: ParameterScope, inputs: Int, outputs: Int, style: Int, grows: Bool) {
        self.scope = scope
        self.grows = grows
        convolution = ModulatedConvolution(scope["conv"], inputs: inputs, outputs: outputs, kernel: 3, style: style)
        toMask = ModulatedConvolution(
            scope["mask"], inputs: outputs, outputs: 1, kernel: 1, style: style, demodulates: false)
        noiseStrength = scope.parameter("noise", shape: [1], initializer: .zeros)
    }

    /// Features and the mask so far to those of this resolution; `noise` is that of the finest one.
    func callAsFunction(_ x: Tensor, mask: Tensor?, style: Tensor, noise: Tensor) -> (Tensor, Tensor) {
        let side = grows ? 2 * x.shape[1] : x.shape[1]
        let grown = grows ? x.resized(to: Size2D(side), .bilinear) : x
        let pooled = noise.shape[1] / side
        // The mean of k x k numbers, times k, has the variance of one.
        let own = pooled > 1 ? noise.averagePool2d(PoolingOptions(kernel: Size2D(pooled))) * Float(pooled) : noise
        let drawn = convolution(grown, style: style) + own * noiseStrength.value.converted(to: noise.dtype)
        let hidden = drawn.leakyReLU(slope: 0.2)
        let part = toMask(hidden, style: style)
        return (hidden, mask.map { $0.resized(to: Size2D(side), .bilinear) + part } ?? part)
    }
}
