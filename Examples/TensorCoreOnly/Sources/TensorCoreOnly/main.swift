import Foundation
import TensorCore

let network = Network(ParameterScope(seed: 1), width: 64)
let steps = 1000
let schedule = LearningRateSchedule(base: 1e-2, warmUpSteps: 20, totalSteps: steps, decay: .cosine(final: 0.01))
var optimizer = Adam.adamW(learningRate: schedule.base)
var random = TorchRandom(seed: 2)

print("\(network.trainableCount) parameters on the \(Devices.standard.name) backend")
for step in 0..<steps {
    let x = random.uniform(shape: [128, 1], in: -2...2)
    let target = (x * 3).sin() + x / 2
    let (loss, gradients) = valueAndGradient { network(x).meanSquaredError(target: target) }
    optimizer.learningRate = schedule.rate(at: step)
    optimizer.step(network.parameters, gradients: gradients, clippingTo: 1)
    if step % 100 == 0 || step == steps - 1 { print("step \(step): loss \(loss.scalar)") }
}

let probe = Tensor([-1, 0, 1] as [Float], shape: [3, 1])
let fitted = withoutGradients { network(probe).scalars }
for (x, y) in zip(probe.scalars, fitted) { print("f(\(x)) = \(y), truth \(sin(3 * x) + x / 2)") }

let file = FileManager.default.temporaryDirectory.appending(path: "tensorcore-only.safetensors")
try Safetensors.save(network.stateDict(), to: file)
let restored = Network(ParameterScope(seed: 3), width: 64)
try restored.load(try Safetensors.load(contentsOf: file))
print("the saved network gives the same values: \(withoutGradients { restored(probe).scalars } == fitted)")
try FileManager.default.removeItem(at: file)
