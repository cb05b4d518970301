internal import TensorCore

/// Widen, filter every channel, narrow without activation; added to its input where the shapes agree.
struct InvertedResidual: NetworkStage {
    private let widen: ConvolutionUnit?
    private let filter: ConvolutionUnit
    private let narrow: ConvolutionUnit
    private let isResidual: Bool
    private let widened: FeatureLevel
    private let output: FeatureLevel

    init(
        _ scope: ParameterScope, inputs: Int, stride: Int, _ padding: PaddingStyle, _ widened: FeatureLevel,
        _ output: FeatureLevel
    ) {
        let width = widened.channels
        var position = 0
        if width != inputs {
            widen = ConvolutionUnit(
                scope[0][0], norm: scope[0][1], inputs: inputs, outputs: width, .init(kernel: 1, activation: .relu6))
            position = 1
        } else {
            widen = nil
        }
        filter = ConvolutionUnit(
            scope[position][0], norm: scope[position][1], inputs: width, outputs: width,
            .init(kernel: 3, stride: stride, groups: width, padding: padding, activation: .relu6))
        narrow = ConvolutionUnit(
            scope[position + 1], norm: scope[position + 2], inputs: width, outputs: output.channels,
            .init(kernel: 1, activation: .none))
        isResidual = stride == 1 && inputs == output.channels
        self.widened = widened
        self.output = output
    }

    var outputs: [FeatureLevel] { widen == nil ? [output] : [widened, output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        var y = x
        if let widen {
            y = widen(x, train: train)
            taps.record(widened, y)
            if taps.isComplete { return y }
        }
        y = narrow(filter(y, train: train), residual: isResidual ? x : nil, train: train)
        taps.record(output, y)
        return y
    }
}
