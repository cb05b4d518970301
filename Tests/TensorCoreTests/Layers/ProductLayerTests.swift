import TensorCore
import Testing

/// Linear, convolution and embedding layers against torch, on every backend.
@Suite struct ProductLayerTests {
    private let scope = ParameterScope()["part"]

    @Test(arguments: Backends.all)
    func linear(backend: any Backend) throws {
        try Backends.using(backend) {
            try LayerGolden("linear").check(Linear(scope, inputs: 5, outputs: 7)) { $0($1[0]) }
        }
    }

    @Test(arguments: Backends.all)
    func linearWithoutBias(backend: any Backend) throws {
        try Backends.using(backend) {
            try LayerGolden("linear-plain").check(Linear(scope, inputs: 5, outputs: 7, bias: false)) { $0($1[0]) }
        }
    }

    @Test(arguments: Backends.all)
    func convolution(backend: any Backend) throws {
        try Backends.using(backend) {
            let layer = Conv2d(
                scope, inputChannels: 4, outputChannels: 6, kernelSize: 3, ConvolutionOptions(padding: 1))
            try LayerGolden("conv2d").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Backends.all)
    func convolutionWithOptions(backend: any Backend) throws {
        try Backends.using(backend) {
            let options = ConvolutionOptions(
                stride: 2, padding: EdgeInsets2D(top: 2, bottom: 2, left: 1, right: 1), dilation: [2, 1], groups: 2)
            let layer = Conv2d(scope, inputChannels: 4, outputChannels: 6, kernelSize: [3, 2], options)
            try LayerGolden("conv2d-options").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Backends.all)
    func pointwiseConvolution(backend: any Backend) throws {
        try Backends.using(backend) {
            let layer = Conv2d(scope, inputChannels: 4, outputChannels: 3, kernelSize: 1, bias: false)
            try LayerGolden("conv2d-pointwise").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Backends.all)
    func transposedConvolution(backend: any Backend) throws {
        try Backends.using(backend) {
            let layer = ConvTranspose2d(
                scope, inputChannels: 4, outputChannels: 6, kernelSize: 4, ConvolutionOptions(stride: 2, padding: 1))
            try LayerGolden("conv-transpose2d").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Backends.all)
    func transposedConvolutionInGroups(backend: any Backend) throws {
        try Backends.using(backend) {
            let layer = ConvTranspose2d(
                scope, inputChannels: 4, outputChannels: 6, kernelSize: 3,
                ConvolutionOptions(stride: 2, padding: 1, groups: 2))
            try LayerGolden("conv-transpose2d-groups").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Backends.all)
    func embedding(backend: any Backend) throws {
        try Backends.using(backend) {
            try LayerGolden("embedding").check(Embedding(scope, count: 9, width: 4)) { $0($1[0]) }
        }
    }

    @Test(arguments: Backends.all, [FusedActivation.relu, .silu])
    func fusedEpilogueEqualsSeparateOperations(backend: any Backend, activation: FusedActivation) {
        Backends.using(backend) {
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
