import TensorCore
import TestSupport
import Testing

/// The numbers of a step in the device's memory give the bits of numbers that the host knows.
@Suite struct AdamNumbersTests {
    @Test(arguments: Device.tested)
    func numbersInMemoryGiveTheSameBits(_ device: Device) throws {
        func trained(inMemory: Bool) throws -> [[Float]] {
            try Devices.using(device) {
                let run = try OptimizerRun()
                var optimizer = Adam(learningRate: 0.02, decay: .decoupled(0.1), decaysVectors: false)
                for step in 0..<5 {
                    let gradients = try run.gradients(at: step)
                    optimizer.learningRate = 0.02 / Float(step + 1)
                    if inMemory {
                        let place = run.parameters[0].value
                        let numbers = optimizer.numbers(atStep: step + 1).inMemory(beside: place)
                        let scale = ScalarOperand(Tensor([0.5], shape: [], beside: place))
                        optimizer.learningRate = .nan
                        optimizer.step(run.parameters, gradients: gradients, gradientScale: scale, numbers: numbers)
                    } else {
                        optimizer.step(run.parameters, gradients: gradients, gradientScale: 0.5)
                    }
                }
                return run.parameters.map { $0.value.scalars }
            }
        }
        let found = try trained(inMemory: true)
        #expect(try found == trained(inMemory: false))
        #expect(found.joined().allSatisfy { $0.isFinite })
    }
}
