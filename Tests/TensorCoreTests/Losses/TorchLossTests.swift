import TensorCore
import TestSupport
import Testing

/// Losses against torch (`Scripts/goldens/losses.py`), values and gradients, on every backend.
@Suite struct TorchLossTests {
    private func check(
        _ name: String, on device: Device, sourceLocation: SourceLocation = #_sourceLocation,
        _ loss: (Tensor, Tensor, StateDict) throws -> Tensor
    ) throws {
        try Devices.using(device) {
            let golden = try GoldenState.load("losses").removingPrefix(name + "/")
            let input = try golden.golden("input").requiringGradient()
            let value = try loss(input, try golden.golden("target"), golden)
            let problem = mismatch(value, try golden.golden("value"))
            #expect(problem == nil, "value of \(name)", sourceLocation: sourceLocation)
            let gradient = try #require(value.gradients()[input], sourceLocation: sourceLocation)
            let wrong = mismatch(gradient, try golden.golden("gradient"))
            #expect(wrong == nil, "gradient of \(name)", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: Device.tested)
    func meanSquaredError(device: Device) throws {
        try check("mse", on: device) { x, y, _ in x.meanSquaredError(target: y) }
    }

    @Test(arguments: Device.tested)
    func meanAbsoluteError(device: Device) throws {
        try check("l1", on: device) { x, y, _ in x.meanAbsoluteError(target: y) }
    }

    @Test(arguments: Device.tested)
    func smoothL1(device: Device) throws {
        try check("smooth-l1", on: device) { x, y, _ in x.smoothL1(target: y) }
        try check("smooth-l1-beta", on: device) { x, y, _ in x.smoothL1(target: y, beta: 0.25) }
    }

    @Test(arguments: Device.tested)
    func binaryCrossEntropy(device: Device) throws {
        try check("bce", on: device) { x, y, _ in x.binaryCrossEntropy(target: y) }
        try check("bce-extreme", on: device) { x, y, _ in x.binaryCrossEntropy(target: y) }
        try check("bce-weighted", on: device) { x, y, others in
            x.binaryCrossEntropy(target: y, weight: try others.golden("weight"))
        }
    }

    @Test(arguments: Device.tested)
    func crossEntropy(device: Device) throws {
        try check("cross-entropy", on: device) { x, y, _ in x.crossEntropy(target: y) }
        try check("cross-entropy-ignore", on: device) { x, y, _ in x.crossEntropy(target: y, ignoreIndex: 255) }
        try check("cross-entropy-smoothing", on: device) { x, y, _ in x.crossEntropy(target: y, labelSmoothing: 0.1) }
        try check("cross-entropy-both", on: device) { x, y, _ in
            x.crossEntropy(target: y, ignoreIndex: 255, labelSmoothing: 0.2)
        }
    }

    @Test(arguments: Device.tested)
    func crossEntropyOfIgnoredTargetsIsZero(device: Device) throws {
        try Devices.using(device) {
            let logits = Tensor([1.0, 2, 3, 4], shape: [2, 2]).requiringGradient()
            let loss = logits.crossEntropy(target: Tensor([Int64(255), 255], shape: [2]), ignoreIndex: 255)
            #expect(loss.scalar == 0)
            let gradient = try #require(loss.gradients()[logits])
            #expect(gradient.scalars == [0, 0, 0, 0])
        }
    }

    @Test(arguments: Device.tested)
    func dice(device: Device) throws {
        try check("dice", on: device) { x, y, _ in x.diceLoss(target: y) }
    }

    @Test(arguments: Device.tested)
    func focal(device: Device) throws {
        try check("focal", on: device) { x, y, _ in x.focalLoss(target: y) }
        try check("focal-constants", on: device) { x, y, _ in x.focalLoss(target: y, alpha: 0.6, gamma: 1.5) }
    }

    @Test(arguments: Device.tested)
    func bfloat16PredictionsGiveFloat32Losses(device: Device) {
        Devices.using(device) {
            let x = Tensor([0.5, -1, 2, 0.25], shape: [2, 2]).converted(to: .bfloat16).requiringGradient()
            let y = Tensor([0.0, 1, 1, 0], shape: [2, 2])
            for loss in [x.meanSquaredError(target: y), x.binaryCrossEntropy(target: y), x.focalLoss(target: y)] {
                #expect(loss.dtype == .float32)
                #expect(loss.gradients()[x]?.dtype == .bfloat16)
            }
        }
    }
}
