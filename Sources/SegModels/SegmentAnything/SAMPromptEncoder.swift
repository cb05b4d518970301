internal import TensorCore

/// SAM's prompt encoder: Fourier features of places with a learned vector for what they are, and a small network for masks.
///
/// State dict as published: `pe_layer.positional_encoding_gaussian_matrix`, `point_embeddings.{0-3}`, `not_a_point_embed`,
/// `no_mask_embed`, `mask_downscaling.{0,1,3,4,6}`.
final class SAMPromptEncoder: Module {
    let scope: ParameterScope
    private let frequencies: Parameter
    private let kinds: [Parameter]
    private let padding: Parameter
    private let noMask: Parameter
    private let first: Conv2d
    private let firstNorm: LayerNorm
    private let second: Conv2d
    private let secondNorm: LayerNorm
    private let third: Conv2d
    private let side: Int
    private let grid: Int
    private let channels: Int

    init(_ scope: ParameterScope, _ configuration: SAMConfiguration) {
        let channels = configuration.channels
        func vector(_ scope: ParameterScope) -> Parameter {
            scope.parameter("weight", shape: [1, channels], initializer: .normal(mean: 0, deviation: 1))
        }
        self.scope = scope
        self.channels = channels
        side = configuration.imageSize
        grid = configuration.grid
        var random = TorchRandom(seed: 0)
        frequencies = scope["pe_layer"].buffer(
            "positional_encoding_gaussian_matrix", value: random.normal(shape: [2, channels / 2]))
        kinds = (0..<4).map { vector(scope["point_embeddings"][$0]) }
        padding = vector(scope["not_a_point_embed"])
        noMask = vector(scope["no_mask_embed"])
        let (masks, halving) = (scope["mask_downscaling"], ConvolutionOptions(stride: 2))
        first = Conv2d(masks[0], inputChannels: 1, outputChannels: 4, kernelSize: 2, halving)
        firstNorm = LayerNorm(masks[1], width: 4, epsilon: 1e-6)
        second = Conv2d(masks[3], inputChannels: 4, outputChannels: 16, kernelSize: 2, halving)
        secondNorm = LayerNorm(masks[4], width: 16, epsilon: 1e-6)
        third = Conv2d(masks[6], inputChannels: 16, outputChannels: channels, kernelSize: 1)
    }

    /// Prompts of equally many tokens, `[prompts, tokens, channels]`.
    func sparse(_ prompts: [[SAMToken]]) -> Tensor {
        let (count, length) = (prompts.count, prompts.first?.count ?? 0)
        let (tokens, matrix) = (prompts.flatMap { $0 }, frequencies.value)
        guard length > 0 else { return Tensor([Float](), shape: [count, 0, channels], beside: matrix) }
        // Places are centres of pixels.
        let places = tokens.flatMap { [($0.x + 0.5) / Float(side), ($0.y + 0.5) / Float(side)] }
        let isPlace = Tensor(tokens.map { $0.kind == .padding ? Float(0) : 1 }, shape: [tokens.count, 1], beside: matrix)
        let table = Tensor.concatenated([padding.value] + kinds.map(\.value), axis: 0)
        let rows = Tensor(tokens.map { Int64($0.kind.rawValue) }, shape: [tokens.count], beside: matrix)
        let encoded = features(places) * isPlace + table.gathered(at: rows)
        return encoded.reshaped(to: [count, length, channels])
    }

    /// Masks `[prompts, 4 grid, 4 grid]`, or none, as maps `[prompts or 1, grid, grid, channels]` that are added to the image's.
    func dense(_ masks: Tensor?) -> Tensor {
        guard let masks else { return noMask.value.reshaped(to: [1, 1, 1, channels]).broadcast(to: [1, grid, grid, channels]) }
        let half = firstNorm(first(masks.expanded(at: 3))).gelu()
        return third(secondNorm(second(half)).gelu())
    }

    /// The Fourier features of the grid's places, `[1, grid, grid, channels]`.
    func positions() -> Tensor {
        var places: [Float] = []
        places.reserveCapacity(2 * grid * grid)
        for row in 0..<grid {
            for column in 0..<grid { places += [(Float(column) + 0.5) / Float(grid), (Float(row) + 0.5) / Float(grid)] }
        }
        return features(places).reshaped(to: [1, grid, grid, channels])
    }

    /// Places (x, y) in [0, 1], one after another, as rows of sines and cosines.
    private func features(_ places: [Float]) -> Tensor {
        let matrix = frequencies.value
        let centred = Tensor(places.map { 2 * $0 - 1 }, shape: [places.count / 2, 2], beside: matrix)
        let angles = centred.matmul(matrix) * (2 * Float.pi)
        return Tensor.concatenated([angles.sin(), angles.cos()], axis: 1)
    }
}
