internal import TensorCore

/// Conditions of all levels to one latent vector a query: convolutions down to 4 x 4, each coarser level's conditions joining on the
/// way, then a linear layer.
final class PriorEncoder: Module {
    let scope: ParameterScope
    private let levels: [Conv2d]
    private let further: [Conv2d]
    private let linear: Linear

    init(_ scope: ParameterScope, _ configuration: UQDDConfiguration, conditionChannels: [Int]) {
        self.scope = scope
        let channels = configuration.channels
        let (same, halving) = (ConvolutionOptions(padding: 1), ConvolutionOptions(stride: 2, padding: 1))
        levels = channels.indices.map { level in
            let before = level == 0 ? 0 : channels[level - 1]
            return Conv2d(
                scope["levels"][level], inputChannels: conditionChannels[level] + before, outputChannels: channels[level],
                kernelSize: 3, same)
        }
        let last = channels[channels.count - 1]
        let coarsest = configuration.resolution >> (channels.count - 1)
        let count = coarsest > StyleDecoder.baseSide ? (coarsest / StyleDecoder.baseSide).trailingZeroBitCount : 0
        further = (0..<count).map {
            Conv2d(scope["further"][$0], inputChannels: last, outputChannels: last, kernelSize: 3, halving)
        }
        let side = coarsest >> count
        linear = Linear(scope["linear"], inputs: side * side * last, outputs: configuration.embedding)
    }

    /// One `[N, h, w, K]` a level to `[N, embedding]`.
    func callAsFunction(_ conditions: [Tensor]) -> Tensor {
        var hidden: Tensor?
        for (layer, condition) in zip(levels, conditions) {
            let joined = hidden.map { Tensor.concatenated([condition, $0.averagePool2d(PoolingOptions(kernel: 2))], axis: 3) }
            hidden = layer(joined ?? condition).leakyReLU(slope: 0.2)
        }
        var map = hidden ?? conditions[0]
        for layer in further { map = layer(map).leakyReLU(slope: 0.2) }
        return linear(map.reshaped(to: [map.shape[0], map.count / map.shape[0]])).leakyReLU(slope: 0.2)
    }
}
