import TensorCore
import TestSupport
import Testing

/// Several tasks use one model at once. `Scripts/check-threads.sh` runs this suite under the thread sanitizer.
@Suite struct ConcurrencyTests {
    private final class Network: Module {
        let scope: ParameterScope
        let conv: Conv2d
        let batchNorm: BatchNorm2d
        let attention: MultiHeadAttention
        let head: Linear

        init(_ scope: ParameterScope) {
            self.scope = scope
            conv = Conv2d(scope["conv"], inputChannels: 3, outputChannels: 8, kernelSize: 3, ConvolutionOptions(padding: 1))
            batchNorm = BatchNorm2d(scope["norm"], channels: 8)
            attention = MultiHeadAttention(scope["attention"], width: 8, heads: 2)
            head = Linear(scope["head"], inputs: 8, outputs: 4)
        }

        func callAsFunction(_ x: Tensor, usesBatchStatistics: Bool = false) -> Tensor {
            let features = batchNorm(conv(x), usesBatchStatistics: usesBatchStatistics).relu()
            let tokens = features.reshaped(to: [x.shape[0], x.shape[1] * x.shape[2], 8])
            return head(attention(tokens).mean(axes: [1]))
        }
    }

    private static let x: Tensor = {
        var random = TorchRandom(seed: 6)
        return random.normal(shape: [2, 5, 5, 3])
    }()
    private static let labels = Tensor([Int64(1), 3], shape: [2])

    /// What four tasks computed, each `rounds` times.
    private func results<Value: Sendable>(
        rounds: Int, _ body: @escaping @Sendable () -> Value
    ) async -> [Value] {
        await withTaskGroup(of: [Value].self) { group in
            for _ in 0..<4 { group.addTask { (0..<rounds).map { _ in body() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    @Test(arguments: Device.tested)
    func inferenceGivesEqualResults(device: Device) async {
        let network = Devices.using(device) { Network(ParameterScope(seed: 1)) }
        let x = Self.x.placed(on: device)
        let expected = withoutGradients { network(x).scalars }
        let found = await results(rounds: 10) { withoutGradients { network(x).scalars } }
        #expect(found.count == 40)
        #expect(found.allSatisfy { $0 == expected })
    }

    @Test(arguments: Device.tested)
    func firstUseIsShared(device: Device) async {
        // Nothing has run yet: the tasks meet where kernels and packed weights are made.
        let network = Devices.using(device) { Network(ParameterScope(seed: 2)) }
        let x = Self.x.placed(on: device)
        let found = await results(rounds: 1) { withoutGradients { network(x).scalars } }
        let expected = withoutGradients { network(x).scalars }
        #expect(found.count == 4)
        #expect(found.allSatisfy { $0 == expected })
    }

    @Test(arguments: Device.tested)
    func differentiationGivesEqualGradients(device: Device) async {
        let network = Devices.using(device) { Network(ParameterScope(seed: 1)) }
        let (x, labels) = (Self.x.placed(on: device), Self.labels.placed(on: device))
        let gradients = { @Sendable () -> [[Float]] in
            let (_, found) = valueAndGradient { network(x).crossEntropy(target: labels) }
            return network.parameters.filter(\.isTrainable).map { found[$0]?.scalars ?? [] }
        }
        let expected = gradients()
        #expect(expected.allSatisfy { !$0.isEmpty })
        let found = await results(rounds: 5, gradients)
        #expect(found.count == 20)
        #expect(found.allSatisfy { $0 == expected })
    }

    @Test(arguments: Device.tested)
    func readersSeeWholeUpdates(device: Device) async {
        let layer = Devices.using(device) { Linear(ParameterScope(), inputs: 64, outputs: 1, bias: false) }
        let values = (0..<8).map { Tensor(repeating: Double($0), shape: [1, 64]).placed(on: device) }
        layer.weight.value = values[0]
        let x = Tensor(ones: [1, 64]).placed(on: device)
        let torn = await withTaskGroup(of: Int.self) { group in
            group.addTask {
                for round in 0..<200 { layer.weight.value = values[round % 8] }
                return 0
            }
            for _ in 0..<3 {
                group.addTask {
                    (0..<200).reduce(0) { torn, _ in
                        let sum = withoutGradients { layer(x).scalar }
                        return torn + (sum.truncatingRemainder(dividingBy: 64) == 0 ? 0 : 1)
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(torn == 0)
    }

    @Test(arguments: Device.tested)
    func runningStatisticsAreUpdatedByAllTasks(device: Device) async {
        let network = Devices.using(device) { Network(ParameterScope(seed: 1)) }
        let x = Self.x.placed(on: device)
        _ = await results(rounds: 5) { network(x, usesBatchStatistics: true).requiresGradient }
        #expect(network.batchNorm.runningMean.value.scalars.contains { $0 != 0 })
        #expect(network.batchNorm.runningVariance.value.scalars.allSatisfy { $0.isFinite && $0 > 0 })
    }

    @Test func oneGraphIsSharedByTasks() async {
        let x = Tensor([1.0, 2, 3], shape: [3]).requiringGradient()
        let shared = (x * x).tanh()
        let expected = (shared * 2).sum().gradients(retainingGraph: true)[x]?.scalars
        let found = await results(rounds: 20) { (shared * 2).sum().gradients(retainingGraph: true)[x]?.scalars }
        #expect(expected != nil)
        #expect(found.allSatisfy { $0 == expected })
    }

    @Test func longGraphsAreReleasedByTasks() async {
        let x = Tensor(1).requiringGradient()
        let ends = (0..<4).map { _ in (0..<2000).reduce(x) { y, _ in y.affine(scale: -1, shift: 2) } }
        let values = await withTaskGroup(of: Float.self) { group in
            for end in ends { group.addTask { end.affine(scale: 1, shift: 0).scalar } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == [1, 1, 1, 1])
    }
}
