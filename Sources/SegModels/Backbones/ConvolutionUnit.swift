internal import TensorCore

/// The activations of convolutional backbones.
enum UnitActivation: Sendable {
    case none, relu, relu6

    var fused: FusedActivation {
        switch self {
        case .none: .none
        case .relu: .relu
        case .relu6: .relu6
        }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .none: x
        case .relu: x.relu()
        case .relu6: x.relu6()
        }
    }
}

/// A convolution with the batch normalisation and the activation that follow it.
///
/// Frozen, it is one kernel: the normalisation's running statistics are folded into weight and bias once, the residual
/// and the activation ride along. With trainable parameters or batch statistics it is the plain sequence.
final class ConvolutionUnit: Sendable {
    let convolution: Conv2d
    let norm: BatchNorm2d?
    let activation: UnitActivation
    let padding: PaddingStyle
    /// Whether the input has its channels in the opposite order of the weight's.
    let readsReversedChannels: Bool
    private let sources: [Parameter]
    private let folded = DerivedValue<FoldedConvolution>()

    /// Wraps registered layers.
    init(
        _ convolution: Conv2d, _ norm: BatchNorm2d?, _ activation: UnitActivation, padding: PaddingStyle = .symmetric,
        readsReversedChannels: Bool = false
    ) {
        self.convolution = convolution
        self.norm = norm
        self.activation = activation
        self.padding = padding
        self.readsReversedChannels = readsReversedChannels
        let statistics = norm.map { [$0.weight, $0.bias, $0.runningMean, $0.runningVariance] } ?? []
        sources = [convolution.weight] + (convolution.bias.map { [$0] } ?? []) + statistics
    }

    /// `activation(norm(convolution(x)) + residual)`.
    func callAsFunction(_ x: Tensor, residual: Tensor? = nil, train: Bool) -> Tensor {
        let options = padding.options(convolution.options, kernel: kernelSize, input: x.shape)
        let usesBatchStatistics = train && norm != nil
        if !usesBatchStatistics && !sources.contains(where: \.value.requiresGradient) {
            let form = foldedForm()
            return x.conv2d(
                weight: form.weight, bias: form.bias, options, residual: residual, activation: activation.fused)
        }
        let weight = convolution.weight.value
        let oriented = readsReversedChannels ? weight.flipped(axes: [1]) : weight
        let y = x.conv2d(weight: oriented, bias: convolution.bias?.value, options)
        let normalized = norm.map { $0(y, usesBatchStatistics: train) } ?? y
        return activation(residual.map { normalized + $0 } ?? normalized)
    }

    private var kernelSize: Size2D {
        let shape = convolution.weight.shape
        return Size2D(height: shape[2], width: shape[3])
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

/// Where the zeros around an image go.
public enum PaddingStyle: String, Sendable, Hashable, Codable {
    /// The same on both sides, as PyTorch and Caffe do.
    case symmetric
    /// As TensorFlow's "SAME": just what makes the output `ceil(input / stride)`, the odd one at the bottom and right.
    case tensorFlow = "tensorflow"

    /// `options` with the padding that an input `[N, H, W, C]` gets.
    func options(_ options: ConvolutionOptions, kernel: Size2D, input: Shape) -> ConvolutionOptions {
        guard self == .tensorFlow else { return options }
        func total(_ size: Int, _ stride: Int, _ kernel: Int) -> Int {
            let covered = ((size + stride - 1) / stride - 1) * stride + kernel
            return max(covered - size, 0)
        }
        let rows = total(input[1], options.stride.height, kernel.height)
        let columns = total(input[2], options.stride.width, kernel.width)
        var result = options
        result.padding = EdgeInsets2D(
            top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
        return result
    }
}
