/// Selecting by indices. Whether an index is in range is known where it lives, when the operation is done: one that is not
/// touches nothing and is reported, as a trap with operation and index, when results are next read or waited for.
extension Tensor {
    /// The positions `indices` (one-dimensional, integers) of `axis`, as torch's `index_select`.
    ///
    /// Derivative: scatter-add.
    public func gathered(at indices: Tensor, axis: Int = 0) -> Tensor {
        let axis = shape.normalized(axis: axis)
        require(indices.rank == 1, "gathered", "indices must have one axis, found \(indices.shape)")
        let positions = indices.positions("gathered")
        let out = makeBuffer(shape.replacing(axis: axis, with: indices.count))
        backend.gather(buffer, axis: axis, indices: positions.buffer, into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        let source = shape
        return .recorded(out, self) { g in
            g.filled(with: 0, shape: source).scatterAdding(g, at: positions, axis: axis)
        }
    }

    /// The tensor with `updates` added at positions `indices` of `axis` (torch's `index_add`); repeated positions add up.
    public func scatterAdding(_ updates: Tensor, at indices: Tensor, axis: Int = 0) -> Tensor {
        let axis = shape.normalized(axis: axis)
        require(
            indices.rank == 1 && updates.shape == shape.replacing(axis: axis, with: indices.count), "scatterAdding",
            "updates \(updates.shape) at \(indices.shape) positions of axis \(axis) of \(shape)")
        let positions = indices.positions("scatterAdding")
        let out = copied()
        backend.scatterAdd(updates.converted(to: dtype).buffer, axis: axis, indices: positions.buffer, into: out)
        guard Tensor.records(self, updates) else { return Tensor(buffer: out) }
        return .recorded(out, [self, updates]) { [$0, $0.gathered(at: positions, axis: axis)] }
    }

    /// Element `p` of the result is `self[p]` with `p[axis]` replaced by `indices[p]` (torch.gather).
    public func gatheredElements(at indices: Tensor, axis: Int) -> Tensor {
        let axis = shape.normalized(axis: axis)
        require(
            indices.rank == rank && indices.shape.replacing(axis: axis, with: shape[axis]) == shape, "gatheredElements",
            "indices \(indices.shape) do not fit \(shape) outside axis \(axis)")
        let positions = indices.positions("gatheredElements")
        let out = makeBuffer(indices.shape)
        backend.gatherElements(buffer, axis: axis, indices: positions.buffer, into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        let source = shape
        return .recorded(out, self) { g in
            g.filled(with: 0, shape: source).scatterAddingElements(g, at: positions, axis: axis)
        }
    }

    /// The adjoint of ``gatheredElements(at:axis:)`` added to the tensor (torch's `scatter_add`).
    public func scatterAddingElements(_ updates: Tensor, at indices: Tensor, axis: Int) -> Tensor {
        let axis = shape.normalized(axis: axis)
        require(
            indices.rank == rank && indices.shape.replacing(axis: axis, with: shape[axis]) == shape
                && updates.shape == indices.shape, "scatterAddingElements",
            "updates \(updates.shape) at indices \(indices.shape) of axis \(axis) of \(shape)")
        let positions = indices.positions("scatterAddingElements")
        let out = copied()
        backend.scatterAddElements(
            updates.converted(to: dtype).buffer, axis: axis, indices: positions.buffer, into: out)
        guard Tensor.records(self, updates) else { return Tensor(buffer: out) }
        return .recorded(out, [self, updates]) { [$0, $0.gatheredElements(at: positions, axis: axis)] }
    }

    /// Rows of a table `[V, D]` for integers of any shape: `[..., D]`.
    public func embedding(_ indices: Tensor) -> Tensor {
        require(rank == 2, "embedding", "the table must be [V, D], found \(shape)")
        return gathered(at: indices.flattened(), axis: 0).reshaped(to: Shape(Array(indices.shape) + [shape[1]]))
    }

    /// `1` at the index and `0` elsewhere along a new last axis of `count`, float32.
    public func oneHot(count: Int) -> Tensor {
        let classes = Tensor((0..<count).map(Int64.init), shape: [count], beside: self)
        return (expanded(at: -1) .== classes).converted(to: .float32)
    }

    private func positions(_ operation: StaticString) -> Tensor {
        require(!dtype.isFloatingPoint, operation, "indices must be integers, found \(dtype)")
        return converted(to: .int64)
    }

    private func copied() -> TensorBuffer {
        let out = makeBuffer(shape)
        backend.stridedRead(buffer, StridedLayout(strides: shape.strides), into: out)
        return out
    }
}
