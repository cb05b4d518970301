internal import TensorCore

/// `conv(silu(norm(conv(silu(norm x))))) + skip(x)`, 3x3 convolutions; the skip is a 1x1 convolution where widths differ.
final class ResidualBlock: Module {
    let scope: ParameterScope
    private let norm1: GroupNorm
    private let conv1: Conv2d
    private let norm2: GroupNorm
    private let conv2: Conv2d
    private let skip: Conv2d?

    init(_ scope: ParameterScope, inputs: Int, outputs: Int, _ configuration: UQDDConfiguration) {
        self.scope = scope
        let same = ConvolutionOptions(padding: 1)
        norm1 = GroupNorm(scope["norm1"], groups: configuration.groups, channels: inputs)
        conv1 = Conv2d(scope["conv1"], inputChannels: inputs, outputChannels: outputs, kernelSize: 3, same)
        norm2 = GroupNorm(scope["norm2"], groups: configuration.groups, channels: outputs)
        conv2 = Conv2d(scope["conv2"], inputChannels: outputs, outputChannels: outputs, kernelSize: 3, same)
        skip =
            inputs == outputs
            ? nil : Conv2d(scope["skip"], inputChannels: inputs, outputChannels: outputs, kernelSize: 1)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let hidden = conv1(norm1(x, activation: .silu))
        return conv2(norm2(hidden, activation: .silu), residual: skip?(x) ?? x)
    }
}
