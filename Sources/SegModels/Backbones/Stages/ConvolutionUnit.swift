public import TensorCore

/// A convolution with the batch normalisation and the activation that follow it.
///
/// Frozen, it is one kernel: the normalisation's running statistics are folded into weight and bias once, the residual
/// and the activation ride along. With trainable parameters or batch statistics it is the plain sequence.
public final class ConvolutionUnit: Sendable {
    private let convolution: Conv2d
    private let norm: BatchNorm2d?
    private let activation: FusedActivation
    private let padding: PaddingStyle
    private let readsReversedChannels: Bool
    private let sources: [Parameter]
    private let folded = DerivedValue<FoldedConvolution>()

    /// Registers the layers.
    ///
    /// - Parameters:
    ///   - scope: the convolution's.
    ///   - norm: the batch normalisation's, nil for none.
    ///   - inputs: channels of the input.
    ///   - outputs: channels of the result.
    ///   - options: window, stride and what follows.
    ///   - readsReversedChannels: whether the input has its channels in the opposite order of the weight's.
    public init(
        _ scope: ParameterScope, norm: ParameterScope? = nil, inputs: Int, outputs: Int, _ options: Options,
        readsReversedChannels: Bool = false
    ) {
        let margin = options.isPadded ? options.kernel / 2 * options.dilation : 0
        convolution = Conv2d(
            scope, inputChannels: inputs, outputChannels: outputs, kernelSize: Size2D(options.kernel),
            ConvolutionOptions(
                stride: Size2D(options.stride), padding: EdgeInsets2D(margin), dilation: Size2D(options.dilation),
                groups: options.groups),
            bias: options.bias, initializer: options.initializer)
        self.norm = norm.map { BatchNorm2d($0, channels: outputs) }
        activation = options.activation
        padding = options.padding
        self.readsReversedChannels = readsReversedChannels
        let statistics = self.norm.map { [$0.weight, $0.bias, $0.runningMean, $0.runningVariance] } ?? []
        sources = [convolution.weight] + (convolution.bias.map { [$0] } ?? []) + statistics
    }

    /// `activation(norm(convolution(x)) + residual)`.
    ///
    /// - Parameters:
    ///   - x: `[N, H, W, inputs]`.
    ///   - residual: shaped as the result.
    ///   - train: normalises with the statistics of the batch.
    ///   - activation: in place of the unit's own, for those who want the values before it.
    /// - Returns: `[N, H', W', outputs]`.
    public func callAsFunction(
        _ x: Tensor, residual: Tensor? = nil, train: Bool, activation: FusedActivation? = nil
    ) -> Tensor {
        let activation = activation ?? self.activation
        let options = padding.options(convolution.options, kernel: kernelSize, input: x.shape)
        let usesBatchStatistics = train && norm != nil
        if !usesBatchStatistics && !sources.contains(where: \.value.requiresGradient) {
            let form = foldedForm()
            return x.conv2d(weight: form.weight, bias: form.bias, options, residual: residual, activation: activation)
        }
        let weight = convolution.weight.value
        let oriented = readsReversedChannels ? weight.flipped(axes: [1]) : weight
        let y = x.conv2d(weight: oriented, bias: convolution.bias?.value, options)
        let normalized = norm.map { $0(y, usesBatchStatistics: train) } ?? y
        return (residual.map { normalized + $0 } ?? normalized).activated(activation)
    }

    /// The pixels that the window reaches over.
    private var kernelSize: Size2D {
        let shape = convolution.weight.shape
        let dilation = convolution.options.dilation
        return Size2D(height: (shape[2] - 1) * dilation.height + 1, width: (shape[3] - 1) * dilation.width + 1)
    }

    private func foldedForm() -> FoldedConvolution {
        folded(of: sources) { [convolution, norm, readsReversedChannels] in
            let raw = convolution.weight.value
            let weight = readsReversedChannels ? raw.flipped(axes: [1]) : raw
            let bias = convolution.bias?.value
            guard let norm else { return FoldedConvolution(weight: weight, bias: bias) }
            let (scale, shift) = norm.affineForm()
            let factor = scale.reshaped(to: [scale.count, 1, 1, 1])
            return FoldedConvolution(weight: weight * factor, bias: bias.map { $0 * scale + shift } ?? shift)
        }
    }
}

/// A convolution that does the work of the normalisation after it.
struct FoldedConvolution: Sendable {
    var weight: Tensor
    var bias: Tensor?
}
