extension Tensor {
    /// The same elements in another shape of as many. Shares memory.
    public func reshaped(to shape: Shape) -> Tensor {
        if shape == self.shape { return self }
        require(
            shape.elementCount == count, "reshaped", "shape \(self.shape) (\(count) elements) cannot become \(shape)")
        let view = buffer.reshaped(shape)
        guard Tensor.records(self) else { return Tensor(buffer: view) }
        let source = self.shape
        return .recorded(view, self) { $0.reshaped(to: source) }
    }

    /// Axes `from...through` merged into one. Shares memory.
    public func flattened(from start: Int = 0, through end: Int = -1) -> Tensor {
        if rank == 0 { return reshaped(to: [1]) }
        let (first, last) = (shape.normalized(axis: start), shape.normalized(axis: end))
        require(first <= last, "flattened", "axis \(first) comes after \(last) in shape \(shape)")
        let merged = (first...last).reduce(1) { $0 * shape[$1] }
        return reshaped(to: Shape(Array(shape[..<first]) + [merged] + Array(shape[(last + 1)...])))
    }

    /// Without axis `axis` of extent 1. Shares memory.
    public func squeezed(axis: Int) -> Tensor {
        let axis = shape.normalized(axis: axis)
        require(shape[axis] == 1, "squeezed", "axis \(axis) of shape \(shape) is not 1")
        return reshaped(to: shape.removing([axis]))
    }

    /// With an axis of extent 1 inserted before `axis` (-1 appends). Shares memory.
    public func expanded(at axis: Int) -> Tensor {
        reshaped(to: shape.inserting(1, at: axis < 0 ? axis + rank + 1 : axis))
    }

    /// The axes in another order: axis `i` of the result is axis `axes[i]` of the operand. Copies.
    public func permuted(_ axes: [Int]) -> Tensor {
        let order = axes.map { shape.normalized(axis: $0) }
        require(
            order.sorted() == Array(0..<rank), "permuted", "\(axes) is not an order of the \(rank) axes of \(shape)")
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
        var order = Array(0..<rank)
        order.swapAt(shape.normalized(axis: a), shape.normalized(axis: b))
        return permuted(order)
    }

    /// The last two axes exchanged. Copies.
    public func transposed() -> Tensor { swapped(axis: -1, with: -2) }
}
