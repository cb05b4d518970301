extension Tensor {
    /// `count` elements of `axis` from `start`, every `step`-th.
    ///
    /// Derivative: the gradient in its place, zeros around it.
    public func sliced(axis: Int, from start: Int, count: Int, step: Int = 1) -> Tensor {
        let axis = shape.normalized(axis: axis)
        let last = start + (count - 1) * step
        require(
            start >= 0 && count >= 0 && step > 0 && (count == 0 || last < shape[axis]), "sliced",
            "\(count) elements from \(start) by \(step) leave axis \(axis) of shape \(shape)")
        if start == 0 && step == 1 && count == shape[axis] { return self }
        var strides = shape.strides
        let offset = start * strides[axis]
        strides[axis] *= step
        return strided(shape.replacing(axis: axis, with: count), StridedLayout(offset: offset, strides: strides))
    }

    /// The elements that `layout` names, each at most once; the caller has checked that they lie in the tensor.
    func strided(_ outShape: Shape, _ layout: StridedLayout) -> Tensor {
        let out = makeBuffer(outShape)
        backend.stridedRead(buffer, layout, into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        let source = shape
        return .recorded(out, self) { $0.placed(in: source, layout) }
    }

    /// One position of `axis`, which disappears.
    public func selecting(axis: Int, index: Int) -> Tensor {
        sliced(axis: axis, from: index < 0 ? index + shape[shape.normalized(axis: axis)] : index, count: 1).squeezed(axis: axis)
    }

    /// Parts of `counts` elements along `axis`.
    public func split(_ counts: [Int], axis: Int) -> [Tensor] {
        require(
            counts.reduce(0, +) == shape[shape.normalized(axis: axis)], "split",
            "\(counts) do not add up to axis \(axis) of \(shape)")
        var start = 0
        return counts.map { count in
            defer { start += count }
            return sliced(axis: axis, from: start, count: count)
        }
    }

    /// Zeros of `shape` with the tensor written through `layout`.
    private func placed(in shape: Shape, _ layout: StridedLayout) -> Tensor {
        let out = filled(with: 0, shape: shape)
        backend.stridedWrite(buffer, into: out.buffer, layout, accumulating: false)
        return out
    }

    /// Tensors one after another along `axis`.
    public static func concatenated(_ tensors: [Tensor], axis: Int) -> Tensor {
        require(!tensors.isEmpty, "concatenated", "no tensors")
        if tensors.count == 1 { return tensors[0] }
        let axis = tensors[0].shape.normalized(axis: axis)
        let dtype = tensors.map(\.dtype).reduce(tensors[0].dtype) { promoted($0, $1) }
        let parts = tensors.map { $0.converted(to: dtype) }
        let counts = parts.map { $0.shape[axis] }
        let shape = parts[0].shape.replacing(axis: axis, with: counts.reduce(0, +))
        let out = parts[0].makeBuffer(shape)
        let strides = shape.strides
        var start = 0
        for part in parts {
            require(
                part.shape.replacing(axis: axis, with: shape[axis]) == shape, "concatenated",
                "shapes \(parts.map(\.shape)) differ outside axis \(axis)")
            let layout = StridedLayout(offset: start * strides[axis], strides: strides)
            part.backend.stridedWrite(part.buffer, into: out, layout, accumulating: false)
            start += part.shape[axis]
        }
        guard records(parts) else { return Tensor(buffer: out) }
        return .recorded(out, parts) { $0.split(counts, axis: axis) }
    }

    /// Tensors of one shape along a new axis.
    public static func stacked(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        concatenated(tensors.map { $0.expanded(at: axis) }, axis: axis < 0 ? axis + tensors[0].rank + 1 : axis)
    }

    /// `value` around the tensor: `before[i]` and `after[i]` elements along axis `i`.
    public func padded(before: [Int], after: [Int], value: Float = 0) -> Tensor {
        require(
            before.count == rank && after.count == rank && (before + after).allSatisfy { $0 >= 0 }, "padded",
            "\(before) and \(after) do not fit shape \(shape)")
        let outShape = Shape((0..<rank).map { before[$0] + shape[$0] + after[$0] })
        let strides = outShape.strides
        let offset = zip(before, strides).reduce(0) { $0 + $1.0 * $1.1 }
        let layout = StridedLayout(offset: offset, strides: strides)
        let out = filled(with: Double(value), shape: outShape)
        backend.stridedWrite(buffer, into: out.buffer, layout, accumulating: false)
        guard Tensor.records(self) else { return out }
        let source = shape
        return .recorded(out.buffer, self) { g in
            let inner = g.makeBuffer(source)
            g.backend.stridedRead(g.buffer, layout, into: inner)
            return Tensor(buffer: inner)
        }
    }

    /// An image tensor `[N, H, W, C]` with zeros around it.
    public func padded(by insets: EdgeInsets2D, value: Float = 0) -> Tensor {
        padded(
            before: [0, insets.top, insets.left, 0], after: [0, insets.bottom, insets.right, 0], value: value)
    }

    /// The order of `axes` reversed.
    public func flipped(axes: [Int]) -> Tensor {
        var strides = shape.strides
        var offset = 0
        for axis in axes.map({ shape.normalized(axis: $0) }) {
            offset += (shape[axis] - 1) * strides[axis]
            strides[axis] = -strides[axis]
        }
        let out = makeBuffer(shape)
        if count > 0 { backend.stridedRead(buffer, StridedLayout(offset: offset, strides: strides), into: out) }
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        return .recorded(out, self) { $0.flipped(axes: axes) }
    }

    /// The elements shifted by `shift` along `axis`, those that leave re-entering (torch.roll).
    public func rolled(by shift: Int, axis: Int) -> Tensor {
        let axis = shape.normalized(axis: axis)
        let extent = shape[axis]
        let start = extent == 0 ? 0 : ((-shift % extent) + extent) % extent
        if start == 0 { return self }
        let head = sliced(axis: axis, from: start, count: extent - start)
        return .concatenated([head, sliced(axis: axis, from: 0, count: start)], axis: axis)
    }
}
