import TensorCore
import TestSupport
import Testing

/// Kernels are planned while other tasks plan theirs, of other types: oneDNN before 2.7.3 confuses them unless its caller
/// lets one plan at a time.
@Suite struct PlanningConcurrencyTests {
    private static func image(_ index: Int, channels: Int) -> Tensor {
        var random = TorchRandom(seed: UInt64(index))
        return random.normal(shape: [1, 3 + index % 7, 3 + index / 7 % 9, channels])
    }

    private static func convolve(_ index: Int, _ dtype: DType) -> Tensor {
        let channels = 1 + index % 5
        let outputs = 1 + index / 5 % 8
        var random = TorchRandom(seed: UInt64(1000 + index))
        let weight = random.normal(shape: [outputs, channels, 3, 3])
        let options = ConvolutionOptions(stride: index % 2 == 0 ? 1 : 2, padding: 1)
        return image(index, channels: channels).converted(to: dtype).conv2d(weight: weight, options)
    }

    @Test(arguments: Device.tested)
    func typesPlannedAtOnceStayApart(device: Device) async throws {
        let reference = try #require(Device.tested.first { $0.name == "reference" })
        let problems = await withTaskGroup(of: [String].self) { group in
            for part in 0..<2 {
                for (dtype, tolerance) in [(DType.float32, Tolerance.float32), (.bfloat16, .bfloat16)] {
                    group.addTask {
                        (0..<300).compactMap { step in
                            let index = 2 * step + part
                            let found = Devices.using(device) { Self.convolve(index, dtype) }
                            let wanted = Devices.using(reference) { Self.convolve(index, dtype) }
                            return mismatch(found, wanted, tolerance).map { "\(dtype) \(index): \($0)" }
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(problems.isEmpty)
    }
}
