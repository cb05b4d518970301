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
        let operands = Operands("attention", query, "query")
        let q = operands.floating(query, "query", where: query.rank == 3, "[B, L, D]")
        let fitsKey = key.rank == 3 && key.shape[0] == query.shape[0] && key.shape[2] == query.shape[2]
        let k = operands.floating(key, "key", where: fitsKey, "[B, S, D] with the B and D of query")
        let fitsValue = value.rank == 3 && value.shape[0] == query.shape[0] && value.shape[1] == key.shape[1]
        let v = operands.floating(value, "value", where: fitsValue, "[B, S, E] with the B and S of key, \(key.shape)")
        let scores: Shape = [query.shape[0], query.shape[1], key.shape[1]]
        let summand = bias.map {
            operands.floating(
                $0, "bias", where: Shape.broadcast($0.shape, scores) == scores, "a shape that broadcasts to \(scores)")
        }
        let factor = scale ?? 1 / Float(Swift.max(query.shape[2], 1)).squareRoot()
        let rowElements = Swift.max(query.shape[0] * key.shape[1], 1)
        let block = blockSize ?? Swift.min(Swift.max((1 << 20) / rowElements, 16), query.shape[1])
        let wide = summand.map {
            $0.rank == 3 ? $0 : $0.reshaped(to: Shape([Int](repeating: 1, count: 3 - $0.rank) + Array($0.shape)))
        }
        let options = AttentionOptions(scale: factor, queriesPerBlock: Swift.max(block, 1))
        let inputs = [q, k, v] + (wide.map { [$0] } ?? [])
        let read = AttentionOperands(query: q.buffer, key: k.buffer, value: v.buffer, bias: wide?.buffer)
        let type = productType(productType(q.dtype, k.dtype), v.dtype)
        let out = q.makeBuffer([query.shape[0], query.shape[1], value.shape[2]], type)
        q.backend.attention(read, options, into: out)
        guard records(inputs) else { return Tensor(buffer: out) }
        let biasShape = wide.flatMap { $0.requiresGradient ? $0.shape : nil }
        return .recorded(out, inputs) { gradient in
            let results = AttentionGradients(
                query: gradient.makeBuffer(read.query.shape, read.query.dtype),
                key: gradient.makeBuffer(read.key.shape, read.key.dtype),
                value: gradient.makeBuffer(read.value.shape, read.value.dtype),
                bias: biasShape.map { gradient.makeBuffer($0, read.bias?.dtype) })
            gradient.backend.attentionGradient(
                read, output: out, gradient: gradient.buffer, options, into: results)
            return [results.query, results.key, results.value].map { Tensor(buffer: $0) }
                + (read.bias == nil ? [] : [results.bias.map { Tensor(buffer: $0) }])
        }
    }

    /// The type of a product: weights of float32 meet bfloat16 activations in bfloat16.
    private static func productType(_ a: DType, _ b: DType) -> DType {
        a == .bfloat16 && b == .float32 ? a : promoted(a, b)
    }
}
