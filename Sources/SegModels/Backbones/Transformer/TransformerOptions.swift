public import TensorCore

/// The shape of a ``TransformerBlock``.
public struct TransformerOptions: Sendable, Hashable {
    /// The length of a token.
    public var width: Int
    /// Heads of attention; divides ``width``.
    public var heads: Int
    /// The length between the two layers of the feed-forward part.
    public var hidden: Int
    /// The function between these layers: `.quickGELU` for OpenAI's weights, `.geluErf` for nearly all others.
    public var activation: FusedActivation
    /// Is added to the variance by the normalisations.
    public var epsilon: Float
    /// The first value of the factors by which attention and feed-forward part are multiplied (layer scale), nil for none.
    public var layerScale: Float?
    /// What checkpoints call the parts.
    public var names: TransformerNames

    /// Makes options; a feed-forward part of four times the width.
    public init(
        width: Int, heads: Int, hidden: Int? = nil, activation: FusedActivation = .geluErf, epsilon: Float = 1e-5,
        layerScale: Float? = nil, names: TransformerNames = .timm
    ) {
        self.width = width
        self.heads = heads
        self.hidden = hidden ?? 4 * width
        self.activation = activation
        self.epsilon = epsilon
        self.layerScale = layerScale
        self.names = names
    }
}

/// What self-attention compares.
///
/// All but the first come from work on dense features of networks that were trained for one vector an image: the last
/// block's attention gathers what the image is about, its values still tell what is where.
public enum AttentionPairing: String, Sendable, Hashable, Codable, CaseIterable {
    /// Queries with keys, as the network was trained.
    case queryKey = "query-key"
    /// Nothing: every token keeps its own value (MaskCLIP).
    case identity
    /// Queries with queries.
    case queryQuery = "query-query"
    /// Keys with keys.
    case keyKey = "key-key"
    /// Values with values.
    case valueValue = "value-value"
}
