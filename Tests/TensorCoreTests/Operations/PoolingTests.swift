import TensorCore
import TestSupport
import Testing

/// Maximum and average pooling.
@Suite struct PoolingTests {
    @Test(arguments: OperationGoldens.cases(of: "pooling"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "maxPool2d": { [$0[0].maxPool2d(try options($0))] },
        "averagePool2d": { [$0[0].averagePool2d(try options($0), countsPadding: try $0.flag("counts"))] },
        "globalAveragePool2d": { [$0[0].globalAveragePool2d()] },
    ]

    private static func options(_ call: OperationCall) throws -> PoolingOptions {
        PoolingOptions(
            kernel: try call.size("kernel"), stride: try call.size("stride"), padding: try call.insets("padding"),
            ceilMode: try call.flag("ceil"))
    }
}
