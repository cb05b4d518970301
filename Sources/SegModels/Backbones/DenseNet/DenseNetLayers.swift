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

/// A rectified normalisation, which is a level, and what reads it.
struct NormalizedStage: NetworkStage {
    let norm: RectifiedNorm
    let output: FeatureLevel
    let rest: @Sendable (_ x: Tensor, _ normalized: Tensor, _ train: Bool) -> Tensor

    var outputs: [FeatureLevel] { [output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let normalized = norm(x, train: train)
        taps.record(output, normalized)
        return taps.isComplete ? normalized : rest(x, normalized, train)
    }
}

extension NormalizedStage {
    /// A layer of a dense block: adds its new channels to everything that it was given.
    static func layer(_ scope: ParameterScope, _ family: DenseNet, _ output: FeatureLevel) -> NormalizedStage {
        let norm = RectifiedNorm(BatchNorm2d(scope["norm1"], channels: output.channels))
        let width = family.growthRate * family.bottleneckFactor
        let narrow = ConvolutionUnit(
            scope["conv1"], norm: scope["norm2"], inputs: output.channels, outputs: width,
            .init(kernel: 1, initializer: .kaimingNormal(.fanIn)))
        let filter = ConvolutionUnit(
            scope["conv2"], inputs: width, outputs: family.growthRate,
            .init(kernel: 3, activation: .none, initializer: .kaimingNormal(.fanIn)))
        return NormalizedStage(norm: norm, output: output) { x, normalized, train in
            .concatenated([x, filter(narrow(normalized, train: train), train: train)], axis: 3)
        }
    }

    /// Between two dense blocks: half the channels, half the size. The 1x1 convolution commutes with the averaging that the
    /// reference does after it, and costs a quarter there.
    static func transition(_ scope: ParameterScope, _ output: FeatureLevel) -> NormalizedStage {
        let norm = RectifiedNorm(BatchNorm2d(scope["norm"], channels: output.channels))
        let convolution = ConvolutionUnit(
            scope["conv"], inputs: output.channels, outputs: output.channels / 2,
            .init(kernel: 1, activation: .none, initializer: .kaimingNormal(.fanIn)))
        return NormalizedStage(norm: norm, output: output) { _, normalized, train in
            convolution(normalized.averagePool2d(PoolingOptions(kernel: 2)), train: train)
        }
    }
}
