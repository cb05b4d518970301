import TensorCore
import TestSupport
import Testing

/// Convolution and transposed convolution over strides, paddings, dilations and groups.
@Suite struct ConvolutionTests {
    @Test(arguments: OperationGoldens.cases(of: "convolution"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "conv2d": { call in
            let activation = try FusedActivation(named: call.text("activation"))
            return [call[0].conv2d(weight: call[1], bias: call.optional(2), try options(call), activation: activation)]
        },
        "conv2dResidual": { call in
            let activation = try FusedActivation(named: call.text("activation"))
            let result = call[0].conv2d(
                weight: call[1], bias: call[2], try options(call), residual: call[3], activation: activation)
            return [result]
        },
        "convTranspose2d": { call in
            let extra = try call.size("extra")
            return [
                call[0].convTranspose2d(
                    weight: call[1], bias: call.optional(2), try options(call), outputPadding: extra)
            ]
        },
    ]

    private static func options(_ call: OperationCall) throws -> ConvolutionOptions {
        ConvolutionOptions(
            stride: try call.size("stride"), padding: try call.insets("padding"), dilation: try call.size("dilation"),
            groups: try call.integer("groups"))
    }
}
