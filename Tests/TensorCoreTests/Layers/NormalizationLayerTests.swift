import TensorCore
import TestSupport
import Testing

/// Normalisation layers against torch, on every backend.
@Suite struct NormalizationLayerTests {
    private let scope = ParameterScope()["part"]

    @Test(arguments: Device.tested)
    func group(device: Device) throws {
        try Devices.using(device) {
            try LayerGolden("group-norm").check(GroupNorm(scope, groups: 2, channels: 6)) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func layer(device: Device) throws {
        try Devices.using(device) {
            try LayerGolden("layer-norm").check(LayerNorm(scope, width: 6)) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func rootMeanSquare(device: Device) throws {
        try Devices.using(device) {
            try LayerGolden("rms-norm").check(RMSNorm(scope, width: 6)) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func batchInTraining(device: Device) throws {
        try Devices.using(device) {
            let golden = try LayerGolden("batch-norm-train")
            let layer = BatchNorm2d(scope, channels: 4)
            try golden.check(layer, training: true) { $0($1[0], usesBatchStatistics: true) }
            let mean = mismatch(layer.runningMean.value, try golden.state.golden("after/running_mean"))
            let variance = mismatch(layer.runningVariance.value, try golden.state.golden("after/running_var"))
            #expect(mean == nil)
            #expect(variance == nil)
        }
    }

    @Test(arguments: Device.tested)
    func batchInEvaluation(device: Device) throws {
        try Devices.using(device) {
            let golden = try LayerGolden("batch-norm-eval")
            let layer = BatchNorm2d(scope, channels: 4)
            try golden.check(layer) { $0($1[0]) }
            #expect(layer.runningMean.value.scalars == (try golden.state.golden("state/running_mean").scalars))
            #expect(layer.runningVariance.value.scalars == (try golden.state.golden("state/running_var").scalars))
        }
    }

    @Test(arguments: Device.tested)
    func affineFormEqualsEvaluation(device: Device) throws {
        try Devices.using(device) {
            let golden = try LayerGolden("batch-norm-eval")
            let layer = BatchNorm2d(scope, channels: 4)
            try layer.load(golden.state.removingPrefix("state/"))
            let (scale, shift) = layer.affineForm()
            let folded = try golden.state.golden("input0") * scale + shift
            #expect(mismatch(folded, try golden.state.golden("output")) == nil)
        }
    }
}
