internal import TensorCore

/// Convolution without bias, then normalisation and ReLU where there is a norm.
func denseUnit(
    _ convolution: ParameterScope, _ norm: ParameterScope?, _ channels: (Int, Int), kernel: Int, stride: Int = 1,
    reversed: Bool = false
) -> ConvolutionUnit {
    let layer = Conv2d(
        convolution, inputChannels: channels.0, outputChannels: channels.1, kernelSize: Size2D(kernel),
        ConvolutionOptions(stride: Size2D(stride), padding: EdgeInsets2D(kernel / 2)), bias: false,
        initializer: .kaimingNormal(.fanIn))
    let following = norm.map { BatchNorm2d($0, channels: channels.1) }
    return ConvolutionUnit(layer, following, following == nil ? .none : .relu, readsReversedChannels: reversed)
}

/// Batch normalisation and ReLU before a convolution, where nothing can be folded.
final class RectifiedNorm: Sendable {
    private let norm: BatchNorm2d
    private let affine = DerivedValue<(scale: Tensor, shift: Tensor)>()

    init(_ norm: BatchNorm2d) { self.norm = norm }

    func callAsFunction(_ x: Tensor, train: Bool) -> Tensor {
        let sources = [norm.weight, norm.bias, norm.runningMean, norm.runningVariance]
        if train || sources.contains(where: \.value.requiresGradient) {
            return norm(x, usesBatchStatistics: train).relu()
        }
        let (scale, shift) = affine(of: sources) { [norm] in norm.affineForm() }
        return x.modulated(scale: scale, shift: shift, addingOne: false).relu()
    }
}

/// Adds its new channels to everything that it was given.
struct DenseLayer: NetworkStage {
    private let norm1: RectifiedNorm
    private let conv1: ConvolutionUnit
    private let conv2: ConvolutionUnit
    private let tap: FeatureLevel

    init(_ scope: ParameterScope, _ configuration: DenseNetConfiguration, _ tap: FeatureLevel) {
        let width = configuration.growthRate * configuration.bottleneckFactor
        norm1 = RectifiedNorm(BatchNorm2d(scope["norm1"], channels: tap.channels))
        conv1 = denseUnit(scope["conv1"], scope["norm2"], (tap.channels, width), kernel: 1)
        conv2 = denseUnit(scope["conv2"], nil, (width, configuration.growthRate), kernel: 3)
        self.tap = tap
    }

    var outputs: [FeatureLevel] { [tap] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let normalized = norm1(x, train: train)
        taps.record(tap.tap, normalized)
        if taps.isComplete { return normalized }
        let added = conv2(conv1(normalized, train: train), train: train)
        return .concatenated([x, added], axis: 3)
    }
}

/// Between two dense blocks: half the channels, half the size. The 1x1 convolution commutes with the averaging that the
/// reference does after it, and costs a quarter there.
struct TransitionStage: NetworkStage {
    private let norm: RectifiedNorm
    private let convolution: ConvolutionUnit
    private let tap: FeatureLevel

    init(_ scope: ParameterScope, _ tap: FeatureLevel) {
        norm = RectifiedNorm(BatchNorm2d(scope["norm"], channels: tap.channels))
        convolution = denseUnit(scope["conv"], nil, (tap.channels, tap.channels / 2), kernel: 1)
        self.tap = tap
    }

    var outputs: [FeatureLevel] { [tap] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let normalized = norm(x, train: train)
        taps.record(tap.tap, normalized)
        if taps.isComplete { return normalized }
        return convolution(normalized.averagePool2d(PoolingOptions(kernel: 2)), train: train)
    }
}

/// The last normalisation.
struct NormStage: NetworkStage {
    let norm: RectifiedNorm
    let output: FeatureLevel

    var outputs: [FeatureLevel] { [output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let y = norm(x, train: train)
        taps.record(output.tap, y)
        return y
    }
}
