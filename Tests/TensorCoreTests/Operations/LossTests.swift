import TensorCore
import TestSupport
import Testing

/// Losses: float32 scalars whatever the type of the operands.
@Suite struct LossTests {
    @Test(arguments: OperationGoldens.cases(of: "losses"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "binaryCrossEntropy": { [$0[0].binaryCrossEntropy(target: $0[1], weight: $0.optional(2))] },
        "crossEntropy": { call in
            let smoothing = try call.float("smoothing")
            return [
                call[0].crossEntropy(
                    target: call[1], ignoreIndex: try call.integer("ignored"), labelSmoothing: smoothing)
            ]
        },
        "meanSquaredError": { [$0[0].meanSquaredError(target: $0[1])] },
        "meanAbsoluteError": { [$0[0].meanAbsoluteError(target: $0[1])] },
        "smoothL1": { [$0[0].smoothL1(target: $0[1], beta: try $0.float("beta"))] },
        "diceLoss": { [$0[0].diceLoss(target: $0[1])] },
        "focalLoss": { call in
            [call[0].focalLoss(target: call[1], alpha: try call.float("alpha"), gamma: try call.float("gamma"))]
        },
    ]
}
