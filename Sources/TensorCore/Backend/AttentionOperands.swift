/// The tensors that attention reads; see ``Backend/attention(_:_:into:)``.
public struct AttentionOperands: Sendable {
    /// `[B, L, D]`.
    public var query: TensorBuffer
    /// `[B, S, D]`.
    public var key: TensorBuffer
    /// `[B, S, E]`.
    public var value: TensorBuffer
    /// Three axes that broadcast to `[B, L, S]`, added to the scaled scores.
    public var bias: TensorBuffer?

    /// Names the tensors.
    public init(query: TensorBuffer, key: TensorBuffer, value: TensorBuffer, bias: TensorBuffer? = nil) {
        self.query = query
        self.key = key
        self.value = value
        self.bias = bias
    }
}

/// How attention is computed.
public struct AttentionOptions: Sendable, Hashable {
    /// Multiplies the scores.
    public var scale: Float
    /// Queries whose scores exist at a time, where the scores are kept at all.
    public var queriesPerBlock: Int

    /// Makes the options.
    public init(scale: Float, queriesPerBlock: Int) {
        self.scale = scale
        self.queriesPerBlock = queriesPerBlock
    }
}

/// Where the derivatives of attention go, each of its operand's shape and type.
public struct AttentionGradients: Sendable {
    /// Of the query.
    public var query: TensorBuffer
    /// Of the key.
    public var key: TensorBuffer
    /// Of the value.
    public var value: TensorBuffer
    /// Of the bias where it is asked for.
    public var bias: TensorBuffer?

    /// Names the tensors.
    public init(query: TensorBuffer, key: TensorBuffer, value: TensorBuffer, bias: TensorBuffer? = nil) {
        self.query = query
        self.key = key
        self.value = value
        self.bias = bias
    }
}
