/// What the parts of a ``TransformerBlock`` are called in a checkpoint, relative to the block.
public struct TransformerNames: Sendable, Hashable {
    /// The normalisation before attention.
    public var attentionNorm: String
    /// The weight of the joint projection to queries, keys and values, `[3 width, width]`.
    public var projectionWeight: String
    /// The bias of the joint projection, `[3 width]`.
    public var projectionBias: String
    /// The linear layer after attention.
    public var attentionOutput: String
    /// The factors of attention's part; registered where the block scales its layers.
    public var attentionScale: String
    /// The normalisation before the feed-forward part.
    public var feedForwardNorm: String
    /// The first linear layer of the feed-forward part.
    public var expansion: String
    /// The second linear layer of the feed-forward part.
    public var contraction: String
    /// The factors of the feed-forward part; registered where the block scales its layers.
    public var feedForwardScale: String

    /// OpenAI's CLIP: `ln_1`, `attn.in_proj_weight`, `attn.out_proj`, `ln_2`, `mlp.c_fc`, `mlp.c_proj`.
    public static let openAI = TransformerNames(
        attentionNorm: "ln_1", projectionWeight: "attn.in_proj_weight", projectionBias: "attn.in_proj_bias",
        attentionOutput: "attn.out_proj", attentionScale: "ls_1.gamma", feedForwardNorm: "ln_2", expansion: "mlp.c_fc",
        contraction: "mlp.c_proj", feedForwardScale: "ls_2.gamma")
    /// timm's and Meta's: `norm1`, `attn.qkv`, `attn.proj`, `ls1.gamma`, `norm2`, `mlp.fc1`, `mlp.fc2`, `ls2.gamma`.
    public static let timm = TransformerNames(
        attentionNorm: "norm1", projectionWeight: "attn.qkv.weight", projectionBias: "attn.qkv.bias",
        attentionOutput: "attn.proj", attentionScale: "ls1.gamma", feedForwardNorm: "norm2", expansion: "mlp.fc1",
        contraction: "mlp.fc2", feedForwardScale: "ls2.gamma")
}

extension TransformerNames {
    /// The paths of a block's parameters below `prefix`, as ``TransformerBlock`` registers them.
    public func paths(below prefix: String, scalesLayers: Bool = false) -> [String] {
        let layers = [attentionNorm, attentionOutput, feedForwardNorm, expansion, contraction]
        let own = [projectionWeight, projectionBias] + layers.flatMap { [$0 + ".weight", $0 + ".bias"] }
        return (own + (scalesLayers ? [attentionScale, feedForwardScale] : [])).map { "\(prefix).\($0)" }
    }
}
