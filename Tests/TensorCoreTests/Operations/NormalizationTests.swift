import TensorCore
import TestSupport
import Testing

/// Normalisation, modulation and softmax.
@Suite struct NormalizationTests {
    @Test(arguments: OperationGoldens.cases(of: "normalization"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "groupNorm": { [try groupNorm($0, activation: .none)] },
        "groupNormSilu": { [try groupNorm($0, activation: .silu)] },
        "instanceNorm": { call in
            let epsilon = try call.float("epsilon")
            return [call[0].instanceNorm(scale: call.optional(1), shift: call.optional(2), epsilon: epsilon)]
        },
        "layerNorm": { call in
            let epsilon = try call.float("epsilon")
            return [call[0].layerNorm(scale: call.optional(1), shift: call.optional(2), epsilon: epsilon)]
        },
        "rmsNorm": { [$0[0].rmsNorm(scale: $0.optional(1), epsilon: try $0.float("epsilon"))] },
        "batchNormTraining": { call in
            let (result, mean, variance) = call[0].batchNorm(
                scale: call[1], shift: call[2], epsilon: try call.float("epsilon"))
            return [result, mean, variance]
        },
        "batchNormInference": { call in
            [
                call[0].batchNorm(
                    mean: call[1], variance: call[2], scale: call[3], shift: call[4],
                    epsilon: try call.float("epsilon"))
            ]
        },
        "modulated": { [$0[0].modulated(scale: $0[1], shift: $0[2], addingOne: try $0.flag("one"))] },
        "spatiallyModulated": {
            [
                $0[0].spatiallyModulated(
                    style: $0[1], signal: $0[2], weight: $0[3], base: $0[4], addingOne: try $0.flag("one"))
            ]
        },
        "softmax": { [$0[0].softmax(axis: try $0.integer("axis"))] },
        "logSoftmax": { [$0[0].logSoftmax(axis: try $0.integer("axis"))] },
    ]

    private static func groupNorm(_ call: OperationCall, activation: FusedActivation) throws -> Tensor {
        call[0].groupNorm(
            groups: try call.integer("groups"), scale: call.optional(1), shift: call.optional(2),
            epsilon: try call.float("epsilon"), activation: activation)
    }
}
