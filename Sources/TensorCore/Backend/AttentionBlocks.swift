/// Attention composed of products and softmax over blocks of queries: what ``Backend`` offers where a device has no kernel.
struct AttentionBlocks: Sendable {
    let options: AttentionOptions

    init(_ options: AttentionOptions) { self.options = options }

    private var scale: Float { options.scale }

    func run(_ operands: AttentionOperands, into out: TensorBuffer) {
        let (q, k, v) = (Tensor(buffer: operands.query), Tensor(buffer: operands.key), Tensor(buffer: operands.value))
        let bias = operands.bias.map { Tensor(buffer: $0) }
        let parts = blocks(of: q.shape[1])
        for (start, count) in parts {
            let p = probabilities(q.sliced(axis: 1, from: start, count: count), k, bias, start, count)
            if parts.count == 1 && p.dtype == v.dtype && out.dtype == v.dtype {
                out.storage.backend.matmul(
                    p.buffer, transposed: false, v.buffer, transposed: false, Epilogue(), into: out)
            } else {
                write(p.matmul(v), into: out, axis: 1, from: start)
            }
        }
    }

    func differentiate(
        _ operands: AttentionOperands, _ output: TensorBuffer, _ gradient: TensorBuffer, into results: AttentionGradients
    ) {
        let targets = [results.query, results.key, results.value] + (results.bias.map { [$0] } ?? [])
        guard operands.query.shape[1] > 0 else {
            return targets.forEach { $0.storage.backend.fill($0, with: 0) }
        }
        let parts = backward(
            Tensor(buffer: gradient), Tensor(buffer: output), Tensor(buffer: operands.query), Tensor(buffer: operands.key),
            Tensor(buffer: operands.value), operands.bias.map { Tensor(buffer: $0) }, wantsBias: results.bias != nil)
        for (part, target) in zip(parts.compactMap { $0 }, targets) { write(part, into: target, axis: 0, from: 0) }
    }

    private func write(_ part: Tensor, into out: TensorBuffer, axis: Int, from start: Int) {
        let strides = out.shape.strides
        out.storage.backend.stridedWrite(
            part.converted(to: out.dtype).buffer, into: out, StridedLayout(offset: start * strides[axis], strides: strides),
            accumulating: false)
    }

    private func backward(
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
        var result: [Tensor?] = [.concatenated(inQuery, axis: 1), inKey, inValue]
        if let bias { result.append(wantsBias ? joined(inBias, bias) : nil) }
        return result
    }

    private func probabilities(_ q: Tensor, _ k: Tensor, _ bias: Tensor?, _ start: Int, _ count: Int) -> Tensor {
        // A power of two scales without rounding wherever it stands: queries are fewer numbers than scores.
        let isExact = scale.significand == 1
        let scores = isExact ? (q * scale).matmul(k, transposed: .right) : q.matmul(k, transposed: .right) * scale
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
        stride(from: 0, to: length, by: options.queriesPerBlock).map { start in
            (start, min(options.queriesPerBlock, length - start))
        }
    }

    private func add(_ sum: Tensor?, _ term: Tensor) -> Tensor { sum.map { $0 + term } ?? term }
}
