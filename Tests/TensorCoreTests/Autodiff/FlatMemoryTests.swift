import Foundation
import TensorCore
import Testing

/// Training neither leaks tensors nor grows the process.
@Suite struct FlatMemoryTests {
    private final class Network: Module {
        let scope: ParameterScope
        let conv: Conv2d
        let norm: GroupNorm
        let head: Linear

        init(_ scope: ParameterScope) {
            self.scope = scope
            conv = Conv2d(scope["conv"], inputChannels: 2, outputChannels: 4, kernelSize: 3, ConvolutionOptions(padding: 1))
            norm = GroupNorm(scope["norm"], groups: 2, channels: 4)
            head = Linear(scope["head"], inputs: 4, outputs: 3)
        }

        func callAsFunction(_ x: Tensor) -> Tensor { head(norm(conv(x)).relu().mean(axes: [1, 2])) }
    }

    /// Trains and returns the loss of each step; `observe` is called after each.
    static func train(steps: Int, observe: (Int) -> Void) -> [Float] {
        let network = Network(ParameterScope(seed: 1))
        var random = TorchRandom(seed: 2)
        var optimizer = Adam(learningRate: 1e-2)
        var average = ExponentialMovingAverage(decay: 0.99)
        let x = random.normal(shape: [4, 4, 4, 2])
        let labels = Tensor([Int64(0), 1, 2, 0], shape: [4])
        return (0..<steps).map { step in
            let (loss, gradients) = valueAndGradient { network(x).crossEntropy(target: labels) }
            optimizer.step(network.parameters, gradients: gradients, clippingTo: 1)
            average.update(network.parameters)
            observe(step)
            return loss.scalar
        }
    }

    @Test func twoThousandStepsHaveFlatMemory() async {
        await #expect(processExitsWith: .success) {
            var live: [Int] = []
            var resident: [Int] = []
            let losses = FlatMemoryTests.train(steps: 2000) { step in
                if step % 500 == 499 || step == 9 {
                    live.append(Devices.standard.memoryUsage?.liveBytes ?? 0)
                }
                if step == 199 || step == 1999 { resident.append(FlatMemoryTests.residentBytes()) }
            }
            #expect(losses[1999] < 0.2 * losses[0])
            #expect(live.count == 5)
            #expect(live.allSatisfy { $0 > 0 && $0 == live[0] }, "live bytes \(live)")
            let growth = resident[1] - resident[0]
            #expect(growth < 4 << 20, "the resident set grew by \(growth) bytes")
        }
    }

    /// Zero where the system has no `/proc`.
    private static func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
