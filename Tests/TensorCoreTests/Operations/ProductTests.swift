import TensorCore
import TestSupport
import Testing

/// Matrix products and fully connected layers.
@Suite struct ProductTests {
    @Test(arguments: OperationGoldens.cases(of: "products"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "matmul": { [$0[0].matmul($0[1], transposed: try $0.transposedOperands())] },
        "linear": { call in
            let activation = try FusedActivation(named: call.text("activation"))
            return [call[0].linear(weight: call[1], bias: call.optional(2), activation: activation)]
        },
    ]
}

extension FusedActivation {
    /// The activation that the golden script calls `name`.
    init(named name: String) throws {
        let all: [FusedActivation] = [.none, .relu, .relu6, .silu, .quickGELU, .geluErf, .geluTanh, .sigmoid]
        self = try #require(all.first { "\($0)" == name })
    }
}
