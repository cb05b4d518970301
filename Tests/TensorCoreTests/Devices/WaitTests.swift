import TensorCore
import TestSupport
import Testing

/// Who waits for a device, counted: nobody before a result is looked at.
@Suite struct WaitTests {
    /// One of each: lookup, convolution, batch statistics, attention, resampling, pooling, a head.
    private final class Network: Module {
        let scope: ParameterScope
        private let table: Embedding
        private let conv: Conv2d
        private let norm: BatchNorm2d
        private let attention: MultiHeadAttention
        private let head: Linear

        init(_ scope: ParameterScope) {
            self.scope = scope
            table = Embedding(scope["table"], count: 9, width: 8)
            conv = Conv2d(scope["conv"], inputChannels: 3, outputChannels: 8, kernelSize: 3, ConvolutionOptions(padding: 1))
            norm = BatchNorm2d(scope["norm"], channels: 8)
            attention = MultiHeadAttention(scope["attention"], width: 8, heads: 2)
            head = Linear(scope["head"], inputs: 8, outputs: 4)
        }

        func callAsFunction(_ x: Tensor, words: Tensor, trains: Bool) -> Tensor {
            let features = norm(conv(x), usesBatchStatistics: trains).relu().resized(to: [4, 4])
            let pooled = features.maxPool2d(PoolingOptions(kernel: 2)).reshaped(to: [x.shape[0], 4, 8])
            return head((attention(pooled) + table(words)).mean(axes: [1]))
        }
    }

    private let backend = DeferredBackend()
    private let network: Network
    private let x: Tensor
    private let words: Tensor
    private let labels: Tensor

    init() {
        let device = Device(backend)
        var random = TorchRandom(seed: 1)
        network = Network(ParameterScope(seed: 2)).placed(on: device)
        x = random.normal(shape: [2, 6, 6, 3]).placed(on: device)
        words = Tensor([Int64(1), 3, 0, 8, 2, 2, 7, 5], shape: [2, 4], beside: x)
        labels = Tensor([Int64(3), 255], shape: [2], beside: x)
    }

    @Test(arguments: [Adam.adamW(learningRate: 0.01), SGD(learningRate: 0.01, momentum: 0.9)] as [any Optimizer])
    func aTrainingStepWaitsForTheLossAlone(_ made: any Optimizer) {
        var optimizer = made
        var average = ExponentialMovingAverage(decay: 0.9)
        for _ in 0..<3 {
            let before = backend.waits
            let (loss, gradients) = valueAndGradient {
                network(x, words: words, trains: true).crossEntropy(target: labels, ignoreIndex: 255)
            }
            let norm = optimizer.step(network.parameters, gradients: gradients, clippingTo: 0.5)
            average.update(network.parameters)
            #expect(backend.waits == before, "a step waited")
            #expect(loss.scalar.isFinite)
            #expect(backend.waits == before + 1)
            #expect(norm.scalar > 0)
        }
    }

    @Test func inferenceWaitsForItsResultAlone() {
        let before = backend.waits
        let result = withoutGradients { network(x, words: words, trains: false).argMax() }
        #expect(backend.waits == before)
        #expect(result.integers.count == 2)
        #expect(backend.waits == before + 1)
    }
}
