import TensorCore
import Testing

/// Weights are packed by whichever thread meets them first, with primitives that another thread may have made.
@Suite struct PackedWeightTests {
    private static func weight(_ seed: UInt64) -> Tensor {
        var random = TorchRandom(seed: seed)
        return random.normal(shape: [48, 32, 3, 3])
    }

    @Test("Convolutions in bfloat16 are the same on every thread", arguments: [DType.bfloat16, .float32])
    func convolution(_ dtype: DType) async {
        var random = TorchRandom(seed: 99)
        let x = random.normal(shape: [1, 9, 9, 32]).converted(to: dtype)
        let options = ConvolutionOptions(padding: 1)
        let expected = (0..<16).map { x.conv2d(weight: Self.weight($0), options).scalars }
        await withTaskGroup(of: Bool.self) { group in
            for seed in 0..<16 {
                group.addTask { x.conv2d(weight: Self.weight(UInt64(seed)), options).scalars == expected[seed] }
            }
            for await same in group { #expect(same) }
        }
    }
}
