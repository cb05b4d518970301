import TensorCore
import TestSupport
import Testing

/// Gradient checkpointing: the same numbers, less memory.
@Suite struct CheckpointingTests {
    private final class Stack: Module {
        let scope: ParameterScope
        let layers: [Conv2d]

        init(_ scope: ParameterScope, depth: Int = 3) {
            self.scope = scope
            layers = (0..<depth).map {
                Conv2d(scope[$0], inputChannels: 4, outputChannels: 4, kernelSize: 3, ConvolutionOptions(padding: 1))
            }
        }

        func callAsFunction(_ x: Tensor, skip: Tensor, checkpoints: Bool) -> Tensor {
            layers.reduce(x) { value, layer in
                let body = { @Sendable (inputs: [Tensor]) in (layer(inputs[0]).silu() * inputs[1]).tanh() }
                return checkpoints ? checkpointed([value, skip], body) : body([value, skip])
            }
        }
    }

    private func inputs() -> (Tensor, Tensor) {
        var random = TorchRandom(seed: 1)
        return (random.normal(shape: [2, 5, 5, 4]).requiringGradient(), random.normal(shape: [1, 1, 1, 4]).requiringGradient())
    }

    @Test(arguments: Device.tested)
    func gradientsEqualThePlainOnes(device: Device) throws {
        try Devices.using(device) {
            let model = Stack(ParameterScope(seed: 2))
            let (x, skip) = inputs()
            let plain = model(x, skip: skip, checkpoints: false).squared().mean()
            let saving = model(x, skip: skip, checkpoints: true).squared().mean()
            #expect(plain.scalar == saving.scalar)
            let (expected, found) = (plain.gradients(), saving.gradients())
            for parameter in model.parameters {
                let gradient = try #require(found[parameter], "\(parameter.path)")
                let reference = try #require(expected[parameter])
                #expect(mismatch(gradient, reference) == nil, "\(parameter.path)")
            }
            for leaf in [x, skip] {
                let gradient = try #require(found[leaf])
                let reference = try #require(expected[leaf])
                #expect(mismatch(gradient, reference) == nil)
            }
        }
    }

    @Test func nestedCheckpointsGiveTheSameGradients() throws {
        let layer = Linear(ParameterScope(seed: 3), inputs: 3, outputs: 3)
        let x = Tensor([0.5, -1, 2], shape: [1, 3]).requiringGradient()
        let plain = layer(layer(x).tanh()).squared().sum().gradients()
        let nested = checkpointed([x]) { outer in
            layer(checkpointed([outer[0]]) { layer($0[0]).tanh() })
        }.squared().sum().gradients()
        #expect(try mismatch(#require(nested[x]), #require(plain[x])) == nil)
        #expect(try mismatch(#require(nested[layer.weight]), #require(plain[layer.weight])) == nil)
    }

    @Test func frozenPartsPassGradientsOn() {
        let layer = Linear(ParameterScope(seed: 3), inputs: 3, outputs: 3)
        layer.freeze()
        let x = Tensor([0.5, -1, 2], shape: [1, 3]).requiringGradient()
        let expected = layer(x).tanh().sum().gradients()[x]?.scalars
        let gradients = checkpointed([x]) { layer($0[0]).tanh() }.sum().gradients()
        #expect(gradients[x]?.scalars == expected)
        #expect(gradients[layer.weight] == nil)
    }

    @Test func retainedCheckpointsReplayAgain() {
        let x = Tensor([0.5, -1, 2], shape: [3]).requiringGradient()
        let y = checkpointed([x, x]) { ($0[0] * $0[1]).sum() }
        #expect(y.gradients(retainingGraph: true)[x]?.scalars == [1, -2, 4])
        #expect(y.gradients()[x]?.scalars == [1, -2, 4])
    }

    @Test func nothingIsRecordedWithoutGradients() {
        let x = Tensor([0.5, -1], shape: [2]).requiringGradient()
        #expect(withoutGradients { checkpointed([x]) { $0[0] * 2 } }.requiresGradient == false)
    }

    @Test func peakMemoryFalls() async {
        await #expect(processExitsWith: .success) {
            let device = Devices.standard
            try Devices.using(device) {
                func peak(checkpoints: Bool) throws -> Int {
                    let model = Stack(ParameterScope(seed: 2), depth: 12)
                    let x = Tensor(ones: [1, 16, 16, 4]).requiringGradient()
                    let skip = Tensor(ones: [1, 1, 1, 4])
                    let before = try #require(device.memoryUsage).liveBytes
                    device.resetPeakMemory()
                    let result = model(x, skip: skip, checkpoints: checkpoints).sum()
                    #expect(result.gradients()[x] != nil)
                    return try #require(device.memoryUsage).peakBytes - before
                }
                let (plain, saving) = (try peak(checkpoints: false), try peak(checkpoints: true))
                #expect(Double(saving) < 0.6 * Double(plain), "\(saving) against \(plain) bytes")
            }
        }
    }
}
