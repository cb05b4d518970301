import TensorCore
import TestSupport
import Testing

/// Tensors and modules move between devices, and constants are made where operands are.
@Suite struct PlacementTests {
    private let there = Device(DeferredBackend())
    private let here = Devices.standard

    @Test func aTensorIsCopiedOnlyWhereItMustBe() {
        let x = Tensor([1.0, -2, 3], shape: [3])
        #expect(x.placed(on: here).buffer.storage === x.buffer.storage)
        let moved = x.placed(on: there)
        #expect(moved.device == there && moved.scalars == [1, -2, 3])
        #expect(moved.placed(beside: x).device == here)
    }

    @Test(arguments: DType.allCases)
    func everyTypeMoves(_ dtype: DType) {
        let x = Tensor([0.0, 1, 1, 0, 1], shape: [5]).converted(to: dtype)
        #expect(x.placed(on: there).placed(on: here).withHostBytes { Array($0) } == x.withHostBytes { Array($0) })
    }

    @Test func gradientsFlowBack() {
        let x = Tensor([1.0, -2, 3], shape: [3]).requiringGradient()
        let gradient = (x.placed(on: there).squared().placed(on: here) * 2).sum().gradients()[x]
        #expect(gradient?.device == here)
        #expect(gradient?.scalars == [4, -8, 12])
    }

    @Test func aModuleTrainsOnAfterItMoved() {
        let reference = Device(ReferenceBackend.shared)
        func run(movingTo device: Device?) -> [[Float]] {
            Devices.using(reference) {
                let layer = Linear(ParameterScope(seed: 3)["head"], inputs: 4, outputs: 2)
                var (optimizer, average) = (Adam(learningRate: 0.1), ExponentialMovingAverage(decay: 0.9))
                var momentum = SGD(learningRate: 0.1, momentum: 0.9)
                for step in 0..<4 {
                    if step == 2, let device { layer.placed(on: device) }
                    let x = Tensor(repeating: Double(step) + 0.5, shape: [3, 4], beside: layer.weight.value)
                    let gradients = valueAndGradient { layer(x).squared().sum() }.gradients
                    optimizer.step(layer.parameters, gradients: gradients, clippingTo: 1)
                    momentum.step(layer.parameters, gradients: gradients, clippingTo: 1)
                    average.update(layer.parameters)
                }
                if let device { #expect(layer.parameters.allSatisfy { $0.device == device } && layer.device == device) }
                return average.applied(to: layer.parameters) { layer.parameters.map { $0.value.scalars } }
            }
        }
        #expect(run(movingTo: there) == run(movingTo: nil))
    }

    @Test func loadingKeepsAModuleWhereItIs() throws {
        let layer = Linear(ParameterScope(seed: 1), inputs: 3, outputs: 2)
        let expected = layer.stateDict()
        let other = Linear(ParameterScope(seed: 2), inputs: 3, outputs: 2).placed(on: there)
        try other.load(Safetensors.parse(Safetensors.serialize(expected), source: "memory"))
        for parameter in other.parameters {
            #expect(parameter.device == there)
            #expect(parameter.value.scalars == expected[parameter.path]?.scalars)
        }
    }

    @Test func randomNumbersAreThoseOfTheHost() {
        var (first, second) = (TorchRandom(seed: 4), TorchRandom(seed: 4))
        let beside = first.normal(shape: [5, 7], beside: Tensor(zeros: [1]).placed(on: there))
        #expect(beside.device == there && beside.scalars == second.normal(shape: [5, 7]).scalars)
    }

    /// Every operation that needs numbers of its own, on operands of a device that is not the task's.
    @Test func constantsStandBesideOperands() {
        let x = Tensor([0.5, -1, 2, 0.25, 1, 3], shape: [2, 3]).placed(on: there).requiringGradient()
        let y = Tensor([0.0, 1, 1, 0, 1, 0], shape: [2, 3]).placed(on: there)
        let labels = Tensor([Int64(1), 255], shape: [2]).placed(on: there)
        let positions = Tensor([Int64(2), 0], shape: [2]).placed(on: there)
        let results = [
            x.crossEntropy(target: labels, ignoreIndex: 255, labelSmoothing: 0.1), x.binaryCrossEntropy(target: y),
            x.diceLoss(target: y), x.focalLoss(target: y), x.smoothL1(target: y), x.meanSquaredError(target: y),
            positions.oneHot(count: 3), x.gathered(at: positions, axis: 1), x.topK(2).values, x.normalized(),
            x.masked(where: x .> 0, with: 2), x.padded(before: [1, 0], after: [0, 2], value: 3), x.norm(), x.power(2),
            Tensor.maximum(x, y), x.batchNorm(scale: nil, shift: nil).result, x.layerNorm(), x.softmax(axis: 0),
        ]
        for result in results {
            #expect(result.device == there)
            if result.requiresGradient {
                let gradient = result.gradients(seed: result.detached())[x]
                #expect(gradient?.device == there)
                #expect(gradient?.scalars.allSatisfy { $0.isFinite } == true)
            }
        }
    }
}
