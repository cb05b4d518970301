internal import TensorCore

/// Narrow, then widen twice and join.
struct FireModule: NetworkStage {
    private let squeeze: ConvolutionUnit
    private let expand1x1: ConvolutionUnit
    private let expand3x3: ConvolutionUnit
    private let output: FeatureLevel

    init(_ scope: ParameterScope, inputs: Int, squeezed: Int, expanded: Int, _ output: FeatureLevel) {
        func unit(_ name: String, _ inputs: Int, _ outputs: Int, kernel: Int) -> ConvolutionUnit {
            ConvolutionUnit(
                scope[name], inputs: inputs, outputs: outputs,
                .init(kernel: kernel, bias: true, initializer: .torchDefault))
        }
        squeeze = unit("squeeze", inputs, squeezed, kernel: 1)
        expand1x1 = unit("expand1x1", squeezed, expanded, kernel: 1)
        expand3x3 = unit("expand3x3", squeezed, expanded, kernel: 3)
        self.output = output
    }

    var outputs: [FeatureLevel] { [output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let narrow = squeeze(x, train: train)
        let y = Tensor.concatenated([expand1x1(narrow, train: train), expand3x3(narrow, train: train)], axis: 3)
        taps.record(output, y)
        return y
    }
}
