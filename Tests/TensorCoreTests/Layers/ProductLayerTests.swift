import TensorCore
import TestSupport
import Testing

/// Linear, convolution and embedding layers against torch, on every backend.
@Suite struct ProductLayerTests {
    private let scope = ParameterScope()["part"]

    @Test(arguments: Device.tested)
    func linear(device: Device) throws {
        try Devices.using(device) {
            try LayerGolden("linear").check(Linear(scope, inputs: 5, outputs: 7)) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func linearWithoutBias(device: Device) throws {
        try Devices.using(device) {
            try LayerGolden("linear-plain").check(Linear(scope, inputs: 5, outputs: 7, bias: false)) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func convolution(device: Device) throws {
        try Devices.using(device) {
            let layer = Conv2d(
                scope, inputChannels: 4, outputChannels: 6, kernelSize: 3, ConvolutionOptions(padding: 1))
            try LayerGolden("conv2d").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func convolutionWithOptions(device: Device) throws {
        try Devices.using(device) {
            let options = ConvolutionOptions(
                stride: 2, padding: EdgeInsets2D(top: 2, bottom: 2, left: 1, right: 1), dilation: [2, 1], groups: 2)
            let layer = Conv2d(scope, inputChannels: 4, outputChannels: 6, kernelSize: [3, 2], options)
            try LayerGolden("conv2d-options").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func pointwiseConvolution(device: Device) throws {
        try Devices.using(device) {
            let layer = Conv2d(scope, inputChannels: 4, outputChannels: 3, kernelSize: 1, bias: false)
            try LayerGolden("conv2d-pointwise").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func transposedConvolution(device: Device) throws {
        try Devices.using(device) {
            let layer = ConvTranspose2d(
                scope, inputChannels: 4, outputChannels: 6, kernelSize: 4, ConvolutionOptions(stride: 2, padding: 1))
            try LayerGolden("conv-transpose2d").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func transposedConvolutionInGroups(device: Device) throws {
        try Devices.using(device) {
            let layer = ConvTranspose2d(
                scope, inputChannels: 4, outputChannels: 6, kernelSize: 3,
                ConvolutionOptions(stride: 2, padding: 1, groups: 2))
            try LayerGolden("conv-transpose2d-groups").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func embedding(device: Device) throws {
        try Devices.using(device) {
            try LayerGolden("embedding").check(Embedding(scope, count: 9, width: 4)) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested, [FusedActivation.relu, .silu])
    func fusedEpilogueEqualsSeparateOperations(device: Device, activation: FusedActivation) {
        Devices.using(device) {
            var random = TorchRandom(seed: 4)
            let x = random.normal(shape: [2, 6, 5, 4])
            let layer = Conv2d(
                ParameterScope(), inputChannels: 4, outputChannels: 4, kernelSize: 3, ConvolutionOptions(padding: 1))
            let recorded = layer(x, residual: x, activation: activation)
            let fused = withoutGradients { layer(x, residual: x, activation: activation) }
            let sum = withoutGradients { layer(x) + x }
            let separate = activation == .relu ? sum.relu() : sum.silu()
            #expect(recorded.requiresGradient && !fused.requiresGradient)
            for result in [recorded, fused] {
                let distance = (result.detached() - separate).absoluteValue().max().scalar
                #expect(distance < 1e-5)
            }
        }
    }
}
