/// Which operands of a matrix product are taken transposed over their last two axes; a set, so that both can be.
public struct TransposedOperands: OptionSet, Sendable, Hashable {
    /// The bits of the set.
    public let rawValue: UInt8

    /// A set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The receiver, the left factor.
    public static let left = TransposedOperands(rawValue: 1)
    /// The argument, the right factor.
    public static let right = TransposedOperands(rawValue: 2)
}

extension Tensor {
    /// The matrix product over the last two axes, leading axes broadcast; optionally of transposed operands (no copy).
    ///
    /// One-dimensional operands are not accepted: say which axis is meant with ``expanded(at:)``. Integers and truth values
    /// are multiplied as float32.
    public func matmul(_ other: Tensor, transposed: TransposedOperands = []) -> Tensor {
        let operands = Operands("matmul", self, "left")
        _ = operands.moved(self, "left", where: rank >= 2, "a matrix")
        _ = operands.moved(other, "right", where: other.rank >= 2, "a matrix")
        let batchRank = Swift.max(rank, other.rank)
        let (a, b) = (padded(toRank: batchRank), other.padded(toRank: batchRank))
        let (left, right) = (transposed.contains(.left), transposed.contains(.right))
        let rows = a.shape[batchRank - (left ? 1 : 2)]
        let inner = a.shape[batchRank - (left ? 2 : 1)]
        let innerB = b.shape[batchRank - (right ? 1 : 2)]
        let columns = b.shape[batchRank - (right ? 2 : 1)]
        let batch = Shape.broadcast(Shape(a.shape.dropLast(2)), Shape(b.shape.dropLast(2)))
        guard inner == innerB, let batch else {
            operands.reject(
                other, "right", "\(inner) rows and a batch that broadcasts (left transposed: \(left), right transposed: \(right))"
            )
        }
        let keepsWeights = a.dtype == .bfloat16 && b.dtype == .float32
        let dtype = keepsWeights ? a.dtype : Tensor.promoted(a.dtype, b.dtype).computed
        let (x, y) = (a.converted(to: dtype), keepsWeights ? b : b.converted(to: dtype))
        let out = x.makeBuffer(Shape(Array(batch) + [rows, columns]))
        backend.matmul(x.buffer, transposed: left, y.buffer, transposed: right, Epilogue(), into: out)
        guard Tensor.records(x, y) else { return Tensor(buffer: out) }
        let (u, v) = (x.detached(), y.detached())
        let (needsX, needsY) = (x.requiresGradient, y.requiresGradient)
        return .recorded(out, [x, y]) { g in
            let inX = needsX ? Tensor.gradientOfLeft(g, v, transposed).summed(to: u.shape) : nil
            let inY = needsY ? Tensor.gradientOfRight(g, u, transposed).summed(to: v.shape) : nil
            return [inX, inY?.converted(to: v.dtype)]
        }
    }

    /// `self x weight^T + bias` over the last axis: a fully connected layer with torch's weight `[out, in]`.
    ///
    /// - Parameters:
    ///   - weight: `[out, in]`, float32, or bfloat16 or float16 as stored (converted and packed once).
    ///   - bias: `[out]`.
    ///   - activation: applied in the same kernel where no gradient is recorded.
    public func linear(weight: Tensor, bias: Tensor? = nil, activation: FusedActivation = .none) -> Tensor {
        let operands = Operands("linear", self)
        let input = operands.floating(self, "x", where: rank >= 1, "at least one axis")
        let width = shape[rank - 1]
        let weight = operands.stored(weight, "weight", where: weight.rank == 2 && weight.shape[1] == width, "[out, \(width)]")
        let bias = operands.float32(bias, "bias", where: { $0.isVector(weight.shape[0]) }, "[\(weight.shape[0])]")
        let leading = Shape(shape.dropLast())
        let x = input.reshaped(to: [leading.elementCount, width])
        let outShape = leading.inserting(weight.shape[0], at: rank - 1)
        if Tensor.records([x, weight] + (bias.map { [$0] } ?? [])) {
            let operand = weight.dtype == .float32 ? weight : weight.converted(to: x.dtype)
            let product = x.matmul(operand, transposed: .right)
            let shifted = bias.map { product + $0.converted(to: product.dtype) } ?? product
            return shifted.activated(activation).reshaped(to: outShape)
        }
        let out = x.makeBuffer([x.shape[0], weight.shape[0]])
        backend.matmul(
            x.buffer, transposed: false, weight.buffer, transposed: true,
            Epilogue(bias: bias?.buffer, activation: activation), into: out)
        return Tensor(buffer: out.reshaped(outShape))
    }

    private func padded(toRank target: Int) -> Tensor {
        rank == target ? self : reshaped(to: Shape([Int](repeating: 1, count: target - rank) + Array(shape)))
    }

    private static func gradientOfLeft(_ g: Tensor, _ b: Tensor, _ transposed: TransposedOperands) -> Tensor {
        if transposed.contains(.left) {
            return b.converted(to: g.dtype).matmul(g, transposed: transposed.contains(.right) ? [.left, .right] : .right)
        }
        return g.matmul(b, transposed: transposed.contains(.right) ? [] : .right)
    }

    private static func gradientOfRight(_ g: Tensor, _ a: Tensor, _ transposed: TransposedOperands) -> Tensor {
        if transposed.contains(.right) {
            return g.matmul(a, transposed: transposed.contains(.left) ? [.left, .right] : .left)
        }
        return a.matmul(g, transposed: transposed.contains(.left) ? [] : .left)
    }
}
