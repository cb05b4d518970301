public import TensorCore

/// What turns pixels into the map that masks are decoded from.
public protocol SAMEncoder: Module {
    /// Normalised images `[N, side, side, 3]` to `[N, grid, grid, channels]`.
    func callAsFunction(_ x: Tensor) -> Tensor
}

/// SAM's image encoder: a vision transformer with windowed and global blocks, and a neck of two convolutions.
///
/// State dict as the published files: `pos_embed`, `patch_embed.proj`, `blocks.{i}.{norm1,attn,norm2,mlp}`, `neck.{0-3}`.
public final class SAMImageEncoder: SAMEncoder {
    public let scope: ParameterScope
    private let embedding: PatchEmbedding
    private let positions: Parameter
    private let blocks: [SAMBlock]
    private let reduction: Conv2d
    private let reductionNorm: LayerNorm
    private let smoothing: Conv2d
    private let smoothingNorm: LayerNorm

    /// Registers the encoder.
    public init(_ scope: ParameterScope, _ configuration: SAMConfiguration) {
        let (width, grid, channels) = (configuration.width, configuration.grid, configuration.channels)
        self.scope = scope
        embedding = PatchEmbedding(scope["patch_embed"]["proj"], width: width, patch: configuration.patch)
        positions = scope.parameter("pos_embed", shape: [1, grid, grid, width], initializer: .zeros)
        blocks = (0..<configuration.depth).map { index in
            let isGlobal = configuration.globalBlocks.contains(index)
            return SAMBlock(
                scope["blocks"][index], width: width, heads: configuration.heads, grid: grid,
                window: isGlobal ? nil : configuration.window)
        }
        let neck = scope["neck"]
        reduction = Conv2d(neck[0], inputChannels: width, outputChannels: channels, kernelSize: 1, bias: false)
        reductionNorm = LayerNorm(neck[1], width: channels, epsilon: 1e-6)
        smoothing = Conv2d(
            neck[2], inputChannels: channels, outputChannels: channels, kernelSize: 3, ConvolutionOptions(padding: 1), bias: false
        )
        smoothingNorm = LayerNorm(neck[3], width: channels, epsilon: 1e-6)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let embedded = embedding(x)
        let tokens = embedded + positions.value.converted(to: embedded.dtype)
        let map = blocks.reduce(tokens) { $1($0) }
        return smoothingNorm(smoothing(reductionNorm(reduction(map))))
    }
}

/// A block: `x += attention(norm1(x))`, then `x += feedForward(norm2(x))`, on maps `[N, h, w, width]`.
final class SAMBlock: Sendable {
    private let attentionNorm: LayerNorm
    private let attention: SAMAttention
    private let feedForwardNorm: LayerNorm
    private let expansion: Linear
    private let contraction: Linear
    private let window: Int?

    init(_ scope: ParameterScope, width: Int, heads: Int, grid: Int, window: Int?) {
        attentionNorm = LayerNorm(scope["norm1"], width: width, epsilon: 1e-6)
        attention = SAMAttention(scope["attn"], width: width, heads: heads, side: window ?? grid)
        feedForwardNorm = LayerNorm(scope["norm2"], width: width, epsilon: 1e-6)
        expansion = Linear(scope["mlp"]["lin1"], inputs: width, outputs: 4 * width)
        contraction = Linear(scope["mlp"]["lin2"], inputs: 4 * width, outputs: width)
        self.window = window
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let y = x + attended(attentionNorm(x))
        return y + contraction(expansion(feedForwardNorm(y), activation: .geluErf))
    }

    /// Zeros are added after the norm and take part in attention, as in the reference.
    private func attended(_ x: Tensor) -> Tensor {
        guard let window else { return attention(x) }
        let (height, width) = (x.shape[1], x.shape[2])
        let whole = Size2D(height: (height + window - 1) / window * window, width: (width + window - 1) / window * window)
        let insets = EdgeInsets2D(bottom: whole.height - height, right: whole.width - width)
        let padded = insets == 0 ? x : x.padded(by: insets)
        let merged = attention(padded.windowPartitioned(Size2D(window))).windowsMerged(into: whole)
        return insets == 0 ? merged : merged.sliced(axis: 1, from: 0, count: height).sliced(axis: 2, from: 0, count: width)
    }
}
