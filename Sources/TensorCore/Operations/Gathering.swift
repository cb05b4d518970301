/// Selecting by indices. Whether an index is in range is known where it lives, when the operation is done: one that is not
/// touches nothing and is reported, as a trap with operation and index, when results are next read or waited for.
extension Tensor {
    /// The positions `indices` (one-dimensional, integers) of `axis`, as torch's `index_select`.
    ///
    /// Derivative: scatter-add.
    public func gathered(at indices: Tensor, axis: Int = 0) -> Tensor {
        let operands = Operands("gathered", self)
        let axis = operands.axis(axis, of: self)
        let positions = operands.positions(indices, "indices", where: indices.rank == 1, "one axis")
        let out = makeBuffer(shape.replacing(axis: axis, with: indices.count))
        backend.gather(buffer, axis: axis, indices: positions.buffer, into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        let source = shape
        return .recorded(out, self) { g in
            g.filled(with: 0, shape: source).scatterAdding(g, at: positions, axis: axis)
        }
    }

    /// The tensor, as float32 where it is not floating, with `updates` added at positions `indices` of `axis` (torch's `index_add`); repeated positions add up.
    public func scatterAdding(_ updates: Tensor, at indices: Tensor, axis: Int = 0) -> Tensor {
        let operands = Operands("scatterAdding", self)
        let axis = operands.axis(axis, of: self)
        let x = operands.stored(self, "x")
        let positions = operands.positions(indices, "indices", where: indices.rank == 1, "one axis")
        let taken = shape.replacing(axis: axis, with: indices.count)
        let updates = operands.moved(updates, "updates", where: updates.shape == taken, "\(taken)").converted(to: x.dtype)
        let out = x.copied()
        backend.scatterAdd(updates.buffer, axis: axis, indices: positions.buffer, into: out)
        guard Tensor.records(x, updates) else { return Tensor(buffer: out) }
        return .recorded(out, [x, updates]) { [$0, $0.gathered(at: positions, axis: axis)] }
    }

    /// Element `p` of the result is `self[p]` with `p[axis]` replaced by `indices[p]` (torch.gather).
    public func gatheredElements(at indices: Tensor, axis: Int) -> Tensor {
        let operands = Operands("gatheredElements", self)
        let axis = operands.axis(axis, of: self)
        let fits = indices.rank == rank && indices.shape.replacing(axis: axis, with: shape[axis]) == shape
        let positions = operands.positions(indices, "indices", where: fits, "the shape of x outside axis \(axis)")
        let out = makeBuffer(indices.shape)
        backend.gatherElements(buffer, axis: axis, indices: positions.buffer, into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        let source = shape
        return .recorded(out, self) { g in
            g.filled(with: 0, shape: source).scatterAddingElements(g, at: positions, axis: axis)
        }
    }

    /// The adjoint of ``gatheredElements(at:axis:)`` added to the tensor (torch's `scatter_add`), which becomes
    /// float32 where it is not floating.
    public func scatterAddingElements(_ updates: Tensor, at indices: Tensor, axis: Int) -> Tensor {
        let operands = Operands("scatterAddingElements", self)
        let axis = operands.axis(axis, of: self)
        let x = operands.stored(self, "x")
        let fits = indices.rank == rank && indices.shape.replacing(axis: axis, with: shape[axis]) == shape
        let positions = operands.positions(indices, "indices", where: fits, "the shape of x outside axis \(axis)")
        let updates = operands.moved(
            updates, "updates", where: updates.shape == indices.shape, "the shape of indices, \(indices.shape)"
        ).converted(to: x.dtype)
        let out = x.copied()
        if updates.count > 0 {
            backend.scatterAddElements(updates.buffer, axis: axis, indices: positions.buffer, into: out)
        }
        guard Tensor.records(x, updates) else { return Tensor(buffer: out) }
        return .recorded(out, [x, updates]) { [$0, $0.gatheredElements(at: positions, axis: axis)] }
    }

    /// Rows of a table `[V, D]` for integers of any shape: `[..., D]`.
    public func embedding(_ indices: Tensor) -> Tensor {
        let operands = Operands("embedding", self, "table")
        _ = operands.moved(self, "table", where: rank == 2, "[V, D]")
        let positions = operands.positions(indices, "indices", where: indices.rank < Shape.maximumRank, "at most 7 axes")
        return gathered(at: positions.flattened(), axis: 0).reshaped(to: Shape(Array(indices.shape) + [shape[1]]))
    }

    /// `1` at the index and `0` elsewhere along a new last axis of `count`, float32.
    public func oneHot(count: Int) -> Tensor {
        let operands = Operands("oneHot", self, "indices")
        let positions = operands.positions(self, "indices", where: rank < Shape.maximumRank, "at most 7 axes")
        operands.argument(count >= 0, "count: \(count) classes")
        let classes = Tensor((0..<count).map(Int64.init), shape: [count], beside: self)
        return (positions.expanded(at: -1) .== classes).converted(to: .float32)
    }

    private func copied() -> TensorBuffer {
        let out = makeBuffer(shape)
        backend.stridedRead(buffer, StridedLayout(strides: shape.strides), into: out)
        return out
    }
}
