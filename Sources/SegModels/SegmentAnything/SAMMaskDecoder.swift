internal import TensorCore

/// Linear layers with ReLU between: state `layers.{i}`.
final class SAMPerceptron: Sendable {
    private let layers: [Linear]

    init(_ scope: ParameterScope, _ widths: [Int]) {
        layers = zip(widths, widths.dropFirst()).enumerated().map { index, pair in
            Linear(scope["layers"][index], inputs: pair.0, outputs: pair.1)
        }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        layers.enumerated().reduce(x) { $1.element($0, activation: $1.offset < layers.count - 1 ? .relu : .none) }
    }
}

/// SAM's mask decoder: four masks and a predicted IoU of each, from an image's map and the tokens of prompts.
///
/// State dict as published: `iou_token`, `mask_tokens`, `transformer`, `output_upscaling.{0,1,3}`,
/// `output_hypernetworks_mlps.{0-3}`, `iou_prediction_head`.
final class SAMMaskDecoder: Module {
    /// One mask for prompts that are clear, three for those that are not.
    static let maskCount = 4

    let scope: ParameterScope
    private let qualityToken: Parameter
    private let maskTokens: Parameter
    private let transformer: SAMTwoWayTransformer
    private let firstUpscaling: ConvTranspose2d
    private let upscalingNorm: LayerNorm
    private let secondUpscaling: ConvTranspose2d
    private let mixers: [SAMPerceptron]
    private let qualityHead: SAMPerceptron

    init(_ scope: ParameterScope, _ configuration: SAMConfiguration) {
        let (width, hidden) = (configuration.channels, configuration.qualityHidden)
        self.scope = scope
        qualityToken = scope["iou_token"].parameter(
            "weight", shape: [1, width], initializer: .normal(mean: 0, deviation: 1))
        maskTokens = scope["mask_tokens"].parameter(
            "weight", shape: [Self.maskCount, width], initializer: .normal(mean: 0, deviation: 1))
        transformer = SAMTwoWayTransformer(scope["transformer"], configuration)
        let (upscaling, doubling) = (scope["output_upscaling"], ConvolutionOptions(stride: 2))
        firstUpscaling = ConvTranspose2d(
            upscaling[0], inputChannels: width, outputChannels: width / 4, kernelSize: 2, doubling)
        upscalingNorm = LayerNorm(upscaling[1], width: width / 4, epsilon: 1e-6)
        secondUpscaling = ConvTranspose2d(
            upscaling[3], inputChannels: width / 4, outputChannels: width / 8, kernelSize: 2, doubling)
        mixers = (0..<Self.maskCount).map {
            SAMPerceptron(scope["output_hypernetworks_mlps"][$0], [width, width, width, width / 8])
        }
        qualityHead = SAMPerceptron(scope["iou_prediction_head"], [width, hidden, hidden, Self.maskCount])
    }

    /// Decodes prompts of one image.
    ///
    /// - Parameters:
    ///   - image: `[1, grid, grid, C]`.
    ///   - places: the Fourier features of its grid, of the same shape.
    ///   - sparse: `[N, tokens, C]`.
    ///   - dense: `[N or 1, grid, grid, C]`.
    /// - Returns: logits `[N, 4, 4 grid, 4 grid]` and predicted IoUs `[N, 4]`.
    func callAsFunction(image: Tensor, places: Tensor, sparse: Tensor, dense: Tensor) -> (masks: Tensor, qualities: Tensor) {
        let (count, side, width) = (sparse.shape[0], image.shape[1], image.shape[3])
        let own = Tensor.concatenated([qualityToken.value, maskTokens.value], axis: 0).converted(to: image.dtype)
        let shared = own.expanded(at: 0).broadcast(to: [count, own.shape[0], width])
        let tokens = sparse.shape[1] == 0 ? shared : .concatenated([shared, sparse.converted(to: image.dtype)], axis: 1)
        let source = (image + dense.converted(to: image.dtype)).broadcast(to: [count, side, side, width])
        let (read, map) = transformer(
            tokens, source.reshaped(to: [count, side * side, width]),
            places.converted(to: image.dtype).reshaped(to: [1, side * side, width]))
        let half = upscalingNorm(firstUpscaling(map.reshaped(to: [count, side, side, width]))).gelu()
        let fine = secondUpscaling(half).gelu()
        let rows = mixers.enumerated().map { index, mixer in mixer(read.selecting(axis: 1, index: index + 1)) }
        let places = fine.reshaped(to: [count, fine.shape[1] * fine.shape[2], fine.shape[3]])
        let masks = Tensor.stacked(rows, axis: 1).matmul(places, transposed: .right)
            .reshaped(to: [count, Self.maskCount, fine.shape[1], fine.shape[2]])
        return (masks, qualityHead(read.selecting(axis: 1, index: 0)))
    }
}
