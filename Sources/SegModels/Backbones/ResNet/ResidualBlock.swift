internal import TensorCore

/// A basic or bottleneck block: the last unit adds `shortcut(x)` before its activation.
struct ResidualBlock: NetworkStage {
    private let units: [ConvolutionUnit]
    private let shortcut: ConvolutionUnit?
    private let output: FeatureLevel

    init(
        _ scope: ParameterScope, _ family: ResNet, inputs: Int, width: Int, stride: Int, dilation: Int, _ output: FeatureLevel
    ) {
        func unit(_ number: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1) -> ConvolutionUnit {
            ConvolutionUnit(
                scope["conv\(number)"], norm: scope["bn\(number)"], inputs: inputs, outputs: outputs,
                .init(kernel: kernel, stride: stride, dilation: kernel > 1 ? dilation : 1))
        }
        switch family.block {
        case .basic:
            units = [unit(1, inputs, width, kernel: 3, stride: stride), unit(2, width, width, kernel: 3)]
        case .bottleneck:
            let inFirst = family.stridePlacement == .conv1
            units = [
                unit(1, inputs, width, kernel: 1, stride: inFirst ? stride : 1),
                unit(2, width, width, kernel: 3, stride: inFirst ? 1 : stride),
                unit(3, width, output.channels, kernel: 1),
            ]
        }
        let changesShape = inputs != output.channels || stride != 1
        let downsample = scope["downsample"]
        shortcut =
            changesShape
            ? ConvolutionUnit(
                downsample[0], norm: downsample[1], inputs: inputs, outputs: output.channels,
                .init(kernel: 1, stride: stride, activation: .none)) : nil
        self.output = output
    }

    var outputs: [FeatureLevel] { [output.beforeActivation, output] }

    func callAsFunction(_ x: Tensor, train: Bool, _ taps: inout TapRecorder) -> Tensor {
        let residual = shortcut.map { $0(x, train: train) } ?? x
        var y = x
        for unit in units.dropLast() { y = unit(y, train: train) }
        let last = units[units.count - 1]
        let end = ActivatedStage(output: output) { last($0, residual: residual, train: $1, activation: $2) }
        return end(y, train: train, &taps)
    }
}
