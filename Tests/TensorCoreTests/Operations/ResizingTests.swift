import TensorCore
import TestSupport
import Testing

/// Interpolation between grids.
@Suite struct ResizingTests {
    @Test(arguments: OperationGoldens.cases(of: "resizing"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "resized": { call in
            let mode = try interpolation(call.text("mode"))
            return [call[0].resized(to: try call.size("size"), mode, alignCorners: try call.flag("corners"))]
        }
    ]

    private static func interpolation(_ name: String) throws -> Interpolation {
        let all: [Interpolation] = [.nearest, .bilinear, .bicubic, .area]
        return try #require(all.first { "\($0)" == name })
    }
}
