import TensorCore
import TestSupport
import Testing

/// Multi-head attention against torch's `multi_head_attention_forward`, on every backend.
@Suite struct AttentionLayerTests {
    private let scope = ParameterScope()["part"]

    @Test(arguments: Device.tested)
    func toItself(device: Device) throws {
        try Devices.using(device) {
            let layer = MultiHeadAttention(scope, width: 8, heads: 2, bias: true)
            try LayerGolden("attention-self").check(layer) { $0($1[0]) }
        }
    }

    @Test(arguments: Device.tested)
    func toAContextOfAnotherWidth(device: Device) throws {
        try Devices.using(device) {
            let layer = MultiHeadAttention(scope, width: 8, heads: 4, contextWidth: 6)
            try LayerGolden("attention-cross").check(layer, inputs: 2) { $0($1[0], context: $1[1]) }
        }
    }

    @Test(arguments: Device.tested)
    func withAddedScores(device: Device) throws {
        try Devices.using(device) {
            let golden = try LayerGolden("attention-bias")
            let mask = try golden.state.golden("mask")
            try golden.check(MultiHeadAttention(scope, width: 8, heads: 2)) { $0($1[0], bias: mask) }
        }
    }
}
