extension Tensor {
    /// The same elements in another shape of as many. Shares memory.
    public func reshaped(to shape: Shape) -> Tensor {
        if shape == self.shape { return self }
        _ = Operands("reshaped", self).moved(
            self, "x", where: shape.elementCount == count, "the \(shape.elementCount) elements of \(shape)")
        let view = buffer.reshaped(shape)
        guard Tensor.records(self) else { return Tensor(buffer: view) }
        let source = self.shape
        return .recorded(view, self) { $0.reshaped(to: source) }
    }

    /// Axes `from...through` merged into one. Shares memory.
    public func flattened(from start: Int = 0, through end: Int = -1) -> Tensor {
        if rank == 0 { return reshaped(to: [1]) }
        let operands = Operands("flattened", self)
        let (first, last) = (operands.axis(start, of: self), operands.axis(end, of: self))
        operands.argument(first <= last, "axis \(first) comes after \(last)")
        let merged = Shape(shape[first...last]).elementCount
        return reshaped(to: Shape(Array(shape[..<first]) + [merged] + Array(shape[(last + 1)...])))
    }

    /// Without axis `axis` of extent 1. Shares memory.
    public func squeezed(axis: Int) -> Tensor {
        let operands = Operands("squeezed", self)
        let axis = operands.axis(axis, of: self)
        _ = operands.moved(self, "x", where: shape[axis] == 1, "extent 1 along axis \(axis)")
        return reshaped(to: shape.removing([axis]))
    }

    /// With an axis of extent 1 inserted before `axis` (-1 appends). Shares memory.
    public func expanded(at axis: Int) -> Tensor {
        let operands = Operands("expanded", self)
        _ = operands.moved(self, "x", where: rank < Shape.maximumRank, "at most 7 axes")
        operands.argument(axis >= -rank - 1 && axis <= rank, "axis \(axis) is out of range")
        return reshaped(to: shape.inserting(1, at: axis < 0 ? axis + rank + 1 : axis))
    }

    /// The axes in another order: axis `i` of the result is axis `axes[i]` of the operand. Copies.
    public func permuted(_ axes: [Int]) -> Tensor {
        let operands = Operands("permuted", self)
        let order = axes.map { operands.axis($0, of: self) }
        operands.argument(order.sorted() == Array(0..<rank), "\(axes) is not an order of the \(rank) axes")
        if order == Array(0..<rank) { return self }
        let strides = shape.strides
        let out = makeBuffer(Shape(order.map { shape[$0] }))
        backend.stridedRead(buffer, StridedLayout(strides: order.map { strides[$0] }), into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        var inverse = order
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return .recorded(out, self) { [inverse] in $0.permuted(inverse) }
    }

    /// Two axes exchanged. Copies.
    public func swapped(axis a: Int, with b: Int) -> Tensor {
        let operands = Operands("swapped", self)
        var order = Array(0..<rank)
        order.swapAt(operands.axis(a, of: self), operands.axis(b, of: self))
        return permuted(order)
    }

    /// The last two axes exchanged. Copies.
    public func transposed() -> Tensor {
        _ = Operands("transposed", self).moved(self, "x", where: rank >= 2, "at least two axes")
        return swapped(axis: -1, with: -2)
    }
}
