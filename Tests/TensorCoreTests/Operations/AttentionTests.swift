import TensorCore
import TestSupport
import Testing

/// Attention in blocks of queries.
@Suite struct AttentionTests {
    @Test(arguments: OperationGoldens.cases(of: "attention"), Device.tested)
    func equalsPyTorch(_ golden: GoldenCase, _ device: Device) throws {
        try replay(golden, on: device, with: Self.catalog)
    }

    static let catalog: OperationCatalog = [
        "attention": { call in
            let scale = call.has("scale") ? try call.float("scale") : nil
            return [
                Tensor.attention(
                    query: call[0], key: call[1], value: call[2], bias: call.optional(3), scale: scale,
                    blockSize: try call.integer("block"))
            ]
        }
    ]
}
