internal import TensorCore

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

    init(_ scope: ParameterScope, _ family: DenseNet, _ tap: FeatureLevel) {
        let width = family.growthRate * family.bottleneckFactor
        norm1 = RectifiedNorm(BatchNorm2d(scope["norm1"], channels: tap.channels))
        conv1 = ConvolutionUnit(
            scope["conv1"], norm: scope["norm2"], inputs: tap.channels, outputs: width,
            .init(kernel: 1, initializer: .kaimingNormal(.fanIn)))
        conv2 = ConvolutionUnit(
            scope["conv2"], inputs: width, outputs: family.growthRate,
            .init(kernel: 3, activation: .none, initializer: .kaimingNormal(.fanIn)))
        self.tap = tap
    }

    var outputs: [FeatureLevel] { [tap] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let normalized = norm1(x, train: train)
        taps.record(tap, normalized)
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
        convolution = ConvolutionUnit(
            scope["conv"], inputs: tap.channels, outputs: tap.channels / 2,
            .init(kernel: 1, activation: .none, initializer: .kaimingNormal(.fanIn)))
        self.tap = tap
    }

    var outputs: [FeatureLevel] { [tap] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let normalized = norm(x, train: train)
        taps.record(tap, normalized)
        if taps.isComplete { return normalized }
        return convolution(normalized.averagePool2d(PoolingOptions(kernel: 2)), train: train)
    }
}
