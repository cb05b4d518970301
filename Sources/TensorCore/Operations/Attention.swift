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
        let run = AttentionBlocks(block: Swift.max(block, 1), scale: factor)
        let output = run.forward(q.detached(), k.detached(), v.detached(), wide?.detached())
        let inputs = [q, k, v] + (wide.map { [$0] } ?? [])
        guard records(inputs) else { return output }
        let constants = inputs.map { $0.detached() }
        let wantsBias = wide?.requiresGradient == true
        return .recorded(output.buffer, inputs) { gradient in
            run.backward(
                gradient, output, constants[0], constants[1], constants[2], constants.count > 3 ? constants[3] : nil,
                wantsBias: wantsBias)
        }
    }
}

/// The block loop of ``Tensor/attention(query:key:value:bias:scale:blockSize:)``.
private struct AttentionBlocks: Sendable {
    let block: Int
    let scale: Float

    func forward(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ bias: Tensor?) -> Tensor {
        let parts = blocks(of: q.shape[1]).map { start, count in
            probabilities(q.sliced(axis: 1, from: start, count: count), k, bias, start, count).matmul(v)
        }
        return parts.isEmpty ? q.filled(with: 0, shape: [q.shape[0], 0, v.shape[2]]) : .concatenated(parts, axis: 1)
    }

    func backward(
        _ g: Tensor, _ output: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ bias: Tensor?, wantsBias: Bool
    ) -> [Tensor?] {
        var inQuery: [Tensor] = []
        var inBias: [Tensor] = []
        var inKey: Tensor?
        var inValue: Tensor?
        for (start, count) in blocks(of: q.shape[1]) {
            let queries = q.sliced(axis: 1, from: start, count: count)
            let gradient = g.sliced(axis: 1, from: start, count: count)
            let p = probabilities(queries, k, bias, start, count)
            let inP = gradient.matmul(v, transposed: .right)
            let rows = (gradient * output.sliced(axis: 1, from: start, count: count)).sum(axes: [2], keepingDimensions: true)
            let inScores = p * (inP - rows)
            inQuery.append(inScores.matmul(k) * scale)
            inKey = add(inKey, inScores.matmul(queries, transposed: .left) * scale)
            inValue = add(inValue, p.matmul(gradient, transposed: .left))
            if wantsBias, let bias { inBias.append(biasGradient(inScores, bias)) }
        }
        var result: [Tensor?] = [inQuery.isEmpty ? nil : .concatenated(inQuery, axis: 1), inKey, inValue]
        if let bias { result.append(wantsBias ? joined(inBias, bias) : nil) }
        return result
    }

    private func probabilities(_ q: Tensor, _ k: Tensor, _ bias: Tensor?, _ start: Int, _ count: Int) -> Tensor {
        let scores = q.matmul(k, transposed: .right) * scale
        guard let bias else { return scores.softmax() }
        let part = bias.shape[1] == 1 ? bias : bias.sliced(axis: 1, from: start, count: count)
        return (scores + part.converted(to: scores.dtype)).softmax()
    }

    private func biasGradient(_ inScores: Tensor, _ bias: Tensor) -> Tensor {
        let rows = bias.shape[1] == 1 ? 1 : inScores.shape[1]
        return inScores.summed(to: bias.shape.replacing(axis: 1, with: rows))
    }

    private func joined(_ parts: [Tensor], _ bias: Tensor) -> Tensor {
        guard bias.shape[1] == 1, let first = parts.first else { return .concatenated(parts, axis: 1) }
        return parts.dropFirst().reduce(first) { $0 + $1 }
    }

    private func blocks(of length: Int) -> [(start: Int, count: Int)] {
        stride(from: 0, to: length, by: block).map { ($0, min(block, length - $0)) }
    }

    private func add(_ sum: Tensor?, _ term: Tensor) -> Tensor { sum.map { $0 + term } ?? term }
}
