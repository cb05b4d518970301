// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func matmul(
        _ a: TensorBuffer, transposed transposeA: Bool, _ b: TensorBuffer, transposed transposeB: Bool,
        _ epilogue: Epilogue, into out: TensorBuffer
    ) {
        let rank = a.shape.rank
        let rows = a.shape[transposeA ? rank - 1 : rank - 2]
        let depth = a.shape[transposeA ? rank - 2 : rank - 1]
        let columns = b.shape[transposeB ? rank - 2 : rank - 1]
        let left = a.loadDoubles()
        let right = b.loadWeights(meeting: a.dtype)

        let batchA = Shape(a.shape.dropLast(2))
        let batchB = Shape(b.shape.dropLast(2))
        let batch = Shape(zip(batchA, batchB).map { $0 == 1 ? $1 : $0 })
        let matricesA = broadcastOffsets(batchA, to: batch)
        let matricesB = broadcastOffsets(batchB, to: batch)

        let (rowStepA, depthStepA) = transposeA ? (1, rows) : (depth, 1)
        let (depthStepB, columnStepB) = transposeB ? (1, depth) : (columns, 1)
        var result: [Double] = []
        result.reserveCapacity(out.count)
        for (matrixA, matrixB) in zip(matricesA, matricesB) {
            for row in 0..<rows {
                let startA = matrixA * rows * depth + row * rowStepA
                for column in 0..<columns {
                    let startB = matrixB * depth * columns + column * columnStepB
                    var sum = 0.0
                    for k in 0..<depth { sum += left[startA + k * depthStepA] * right[startB + k * depthStepB] }
                    result.append(sum)
                }
            }
        }
        apply(epilogue, to: &result)
        out.store(result)
    }

    /// `activation(result + bias + residual)`, the bias along the last axis.
    func apply(_ epilogue: Epilogue, to result: inout [Double]) {
        if let bias = epilogue.bias?.loadDoubles(), !bias.isEmpty {
            for index in result.indices { result[index] += bias[index % bias.count] }
        }
        if let residual = epilogue.residual?.loadDoubles() {
            for index in result.indices { result[index] += residual[index] }
        }
        if epilogue.activation != .none {
            for index in result.indices { result[index] = epilogue.activation.value(result[index]) }
        }
    }
}
