internal import TensorCore

/// Predicts where the noisy mask is wrong (equation 18): `e^` for `e = GT - x_t`, from the mask and the query image.
final class ErrorMapHead: Module {
    let scope: ParameterScope
    private let conv1: Conv2d
    private let conv2: Conv2d
    private let conv3: Conv2d

    init(_ scope: ParameterScope, _ configuration: UQDDConfiguration) {
        self.scope = scope
        let same = ConvolutionOptions(padding: 1)
        let width = configuration.errorChannels
        conv1 = Conv2d(scope["conv1"], inputChannels: 4, outputChannels: width, kernelSize: 3, same)
        conv2 = Conv2d(scope["conv2"], inputChannels: width, outputChannels: width, kernelSize: 3, same)
        conv3 = Conv2d(scope["conv3"], inputChannels: width, outputChannels: 1, kernelSize: 3, same)
    }

    /// `x [N, h, w, 1]` and `image [N, h, w, 3]` to `[N, h, w, 1]`.
    func callAsFunction(_ x: Tensor, image: Tensor) -> Tensor {
        let hidden = conv1(.concatenated([x, image], axis: 3), activation: .silu)
        return conv3(conv2(hidden, activation: .silu))
    }
}

/// Predicts the IoU of the binarised noisy mask with the truth (equation 19), in (0, 1).
final class IoUHead: Module {
    let scope: ParameterScope
    private let conv1: Conv2d
    private let conv2: Conv2d
    private let linear: Linear

    init(_ scope: ParameterScope, _ configuration: UQDDConfiguration) {
        self.scope = scope
        let halving = ConvolutionOptions(stride: 2, padding: 1)
        let (first, second) = (configuration.iouChannels[0], configuration.iouChannels[1])
        conv1 = Conv2d(scope["conv1"], inputChannels: 5, outputChannels: first, kernelSize: 3, halving)
        conv2 = Conv2d(scope["conv2"], inputChannels: first, outputChannels: second, kernelSize: 3, halving)
        linear = Linear(scope["linear"], inputs: second, outputs: 1)
    }

    /// `x`, `image` and the predicted error map to `[N]`.
    func callAsFunction(_ x: Tensor, image: Tensor, error: Tensor) -> Tensor {
        let hidden = conv1(.concatenated([x, image, error], axis: 3), activation: .silu)
        let pooled = conv2(hidden, activation: .silu).globalAveragePool2d().converted(to: .float32)
        return linear(pooled).sigmoid().reshaped(to: [x.shape[0]])
    }
}

/// The quality branch (DQM): both heads, and the embedding of the predicted IoU.
final class QualityBranch: Sendable {
    private let errorHead: ErrorMapHead
    private let iouHead: IoUHead
    /// Nil where the IoU does not modulate.
    private let embedding: TimestepEmbedding?
    private let embeddingWidth: Int
    private let errorModulates: Bool
    private let passesGradients: Bool

    init(_ scope: ParameterScope, _ configuration: UQDDConfiguration) {
        embedding = configuration.iouModulation ? TimestepEmbedding(scope["iou_embed"], configuration) : nil
        embeddingWidth = configuration.embedding
        errorModulates = configuration.errorModulation
        errorHead = ErrorMapHead(scope["error"], configuration)
        iouHead = IoUHead(scope["iou"], configuration)
        passesGradients = configuration.gradientsThroughQuality
    }

    struct Judgement {
        var errorMap: Tensor
        var iou: Tensor
        /// The error map as it modulates, zero where it does not.
        var errorSignal: Tensor
        /// Zero where the IoU does not modulate.
        var iouEmbedding: Tensor
    }

    func callAsFunction(_ x: Tensor, image: Tensor) -> Judgement {
        let error = errorHead(x, image: image)
        let signal = passesGradients ? error : error.detached()
        let iou = iouHead(x, image: image, error: signal)
        return Judgement(
            errorMap: error, iou: iou, errorSignal: errorModulates ? signal : signal.zerosLike(),
            iouEmbedding: embedding?((passesGradients ? iou : iou.detached()) * 1000)
                ?? Tensor(repeating: 0, shape: [x.shape[0], embeddingWidth], beside: iou))
    }
}
