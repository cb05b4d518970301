extension Tensor {
    /// Scaled dot-product attention that streams over blocks of queries: the whole score matrix never exists, in the
    /// forward pass or in the derivative (which computes each block of scores again).
    ///
    /// - Parameters:
    ///   - query: `[B, L, D]`; heads are folded into `B`.
    ///   - key: `[B, S, D]`.
    ///   - value: `[B, S, E]`.
    ///   - bias: added to the scaled scores, broadcast to `[B, L, S]` (relative positions, masks of minus infinity).
    ///   - scale: `1 / sqrt(D)` by default.
    ///   - blockSize: queries a block; by default as many as keep a block of scores near 4 MiB.
    /// - Returns: `[B, L, E]`.
    public static func attention(
        query: Tensor, key: Tensor, value: Tensor, bias: Tensor? = nil, scale: Float? = nil, blockSize: Int? = nil
    ) -> Tensor {
        require(
            query.rank == 3 && key.rank == 3 && value.rank == 3 && query.shape[0] == key.shape[0]
                && key.shape[0] == value.shape[0], "attention",
            "expected [B, L, D], [B, S, D], [B, S, E], found \(query.shape), \(key.shape), \(value.shape)")
        require(
            query.shape[2] == key.shape[2] && key.shape[1] == value.shape[1], "attention",
            "query \(query.shape), key \(key.shape) and value \(value.shape) do not fit")
        let factor = scale ?? 1 / Float(query.shape[2]).squareRoot()
        let rowElements = Swift.max(query.shape[0] * key.shape[1], 1)
        let block = blockSize ?? Swift.min(Swift.max((1 << 20) / rowElements, 16), query.shape[1])
        let wide = bias.map {
            $0.rank == 3 ? $0 : $0.reshaped(to: Shape([Int](repeating: 1, count: 3 - $0.rank) + Array($0.shape)))
        }
        let options = AttentionOptions(scale: factor, queriesPerBlock: Swift.max(block, 1))
        let inputs = [query, key, value] + (wide.map { [$0] } ?? [])
        let operands = AttentionOperands(
            query: query.buffer, key: key.buffer, value: value.buffer, bias: wide?.buffer)
        let type = productType(productType(query.dtype, key.dtype), value.dtype)
        let out = query.makeBuffer([query.shape[0], query.shape[1], value.shape[2]], type)
        query.backend.attention(operands, options, into: out)
        guard records(inputs) else { return Tensor(buffer: out) }
        let biasShape = wide.flatMap { $0.requiresGradient ? $0.shape : nil }
        return .recorded(out, inputs) { gradient in
            let results = AttentionGradients(
                query: gradient.makeBuffer(operands.query.shape, operands.query.dtype),
                key: gradient.makeBuffer(operands.key.shape, operands.key.dtype),
                value: gradient.makeBuffer(operands.value.shape, operands.value.dtype),
                bias: biasShape.map { gradient.makeBuffer($0, operands.bias?.dtype) })
            gradient.backend.attentionGradient(
                operands, output: out, gradient: gradient.buffer, options, into: results)
            return [results.query, results.key, results.value].map { Tensor(buffer: $0) }
                + (operands.bias == nil ? [] : [results.bias.map { Tensor(buffer: $0) }])
        }
    }

    /// The type of a product: weights of float32 meet bfloat16 activations in bfloat16.
    private static func productType(_ a: DType, _ b: DType) -> DType {
        a == .bfloat16 && b == .float32 ? a : promoted(a, b)
    }
}
