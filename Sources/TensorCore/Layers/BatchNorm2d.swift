/// Batch normalisation: state `weight`, `bias`, `running_mean`, `running_var`, all `[C]` (PyTorch's `BatchNorm2d` without
/// its step counter, which no checkpoint needs).
public final class BatchNorm2d: Module {
    public let scope: ParameterScope
    /// The scale, `[C]`.
    public let weight: Parameter
    /// The shift, `[C]`.
    public let bias: Parameter
    /// The running mean, `[C]`.
    public let runningMean: Parameter
    /// The running variance (unbiased, as PyTorch keeps it), `[C]`.
    public let runningVariance: Parameter
    private let epsilon: Float
    private let momentum: Float

    /// Registers the layer as the identity.
    public init(_ scope: ParameterScope, channels: Int, epsilon: Float = 1e-5, momentum: Float = 0.1) {
        self.scope = scope
        self.epsilon = epsilon
        self.momentum = momentum
        weight = scope.parameter("weight", shape: [channels], initializer: .ones)
        bias = scope.parameter("bias", shape: [channels], initializer: .zeros)
        runningMean = scope.buffer("running_mean", value: Tensor(zeros: [channels]))
        runningVariance = scope.buffer("running_var", value: Tensor(ones: [channels]))
    }

    /// Normalises `[N, H, W, C]`.
    ///
    /// - Parameters:
    ///   - x: channels last.
    ///   - usesBatchStatistics: training; also moves the running statistics.
    public func callAsFunction(_ x: Tensor, usesBatchStatistics: Bool = false) -> Tensor {
        guard usesBatchStatistics else {
            return x.batchNorm(
                mean: runningMean.value, variance: runningVariance.value, scale: weight.value, shift: bias.value,
                epsilon: epsilon)
        }
        let (result, mean, variance) = x.batchNorm(scale: weight.value, shift: bias.value, epsilon: epsilon)
        let samples = Float(x.count / x.shape[x.rank - 1])
        let unbiased = momentum * samples / max(samples - 1, 1)
        runningMean.value = runningMean.value.scaled(by: 1 - momentum, adding: mean, scaledBy: momentum)
        runningVariance.value = runningVariance.value.scaled(by: 1 - momentum, adding: variance, scaledBy: unbiased)
        return result
    }

    /// The layer as `x * scale + shift` per channel with its running statistics: what folding into a convolution needs.
    public func affineForm() -> (scale: Tensor, shift: Tensor) {
        withoutGradients {
            let scale = weight.value * (runningVariance.value + epsilon).reciprocalSquareRoot()
            return (scale, bias.value - runningMean.value * scale)
        }
    }
}
