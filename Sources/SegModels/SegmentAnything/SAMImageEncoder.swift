public import TensorCore

/// SAM's image encoder: a vision transformer with windowed and global blocks, and a neck of two convolutions.
///
/// State dict as the published files: `pos_embed`, `patch_embed.proj`, `blocks.{i}.{norm1,attn,norm2,mlp}`, `neck.{0-3}`.
public final class SAMImageEncoder: SAMEncoder {
    public let scope: ParameterScope
    private let embedding: PatchEmbedding
    private let positions: Parameter
    private let blocks: [SAMBlock]
    private let neck: SAMNeck

    /// Registers the encoder of images that are `grid` patches wide and high.
    public init(_ scope: ParameterScope, _ shape: SAMViT, grid: Int, channels: Int) {
        let width = shape.width
        self.scope = scope
        embedding = PatchEmbedding(scope["patch_embed"]["proj"], width: width, patch: shape.patch)
        positions = scope.parameter("pos_embed", shape: [1, grid, grid, width], initializer: .zeros)
        blocks = (0..<shape.depth).map { index in
            let window = shape.globalBlocks.contains(index) ? nil : shape.window
            return SAMBlock(scope["blocks"][index], width: width, heads: shape.heads, grid: grid, window: window)
        }
        neck = SAMNeck(scope["neck"], width: width, channels: channels)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let embedded = embedding(x)
        let tokens = embedded + positions.value.converted(to: embedded.dtype)
        return neck(blocks.reduce(tokens) { $1($0) })
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
        return x.mappingWindows(side: window) { attention($0) }
    }
}
