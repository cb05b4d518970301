extension Tensor {
    /// `count` elements of `axis` from `start`, every `step`-th.
    ///
    /// Derivative: the gradient in its place, zeros around it.
    public func sliced(axis: Int, from start: Int, count: Int, step: Int = 1) -> Tensor {
        let operands = Operands("sliced", self)
        let axis = operands.axis(axis, of: self)
        let extent = shape[axis]
        // A step beyond the axis takes one element at most, like one over the axis.
        let stride = Swift.min(step, extent + 1)
        operands.argument(
            Tensor.holds(extent, start: start, count: count, step: stride),
            "\(count) elements from \(start) by \(step) leave axis \(axis)")
        if start == 0 && step == 1 && count == shape[axis] { return self }
        var strides = shape.strides
        let offset = start * strides[axis]
        strides[axis] *= stride
        return strided(shape.replacing(axis: axis, with: count), StridedLayout(offset: offset, strides: strides))
    }

    private static func holds(_ extent: Int, start: Int, count: Int, step: Int) -> Bool {
        if start < 0 || start > extent || count < 0 || count > extent || step < 1 { return false }
        return count == 0 || start + (count - 1) * step < extent
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
        let operands = Operands("selecting", self)
        let axis = operands.axis(axis, of: self)
        let extent = shape[axis]
        operands.argument(index >= -extent && index < extent, "index \(index) leaves axis \(axis)")
        return sliced(axis: axis, from: index < 0 ? index + extent : index, count: 1).squeezed(axis: axis)
    }

    /// Parts of `counts` elements along `axis`.
    public func split(_ counts: [Int], axis: Int) -> [Tensor] {
        let operands = Operands("split", self)
        let extent = shape[operands.axis(axis, of: self)]
        let arePlausible = counts.allSatisfy { $0 >= 0 && $0 <= extent }
        operands.argument(
            arePlausible && counts.reduce(0, +) == extent, "counts: \(counts) do not add up to axis \(axis)")
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
        require(!tensors.isEmpty, "concatenated", "tensors: there are none")
        let operands = Operands("concatenated", tensors[0], "the first of tensors")
        let axis = operands.axis(axis, of: tensors[0], "the first of tensors")
        if tensors.count == 1 { return tensors[0] }
        let outline = tensors[0].shape
        for tensor in tensors {
            let fits = tensor.rank == outline.rank && tensor.shape.replacing(axis: axis, with: outline[axis]) == outline
            _ = operands.moved(tensor, "one of tensors", where: fits, "the shape of the first outside axis \(axis)")
        }
        let dtype = tensors.map(\.dtype).reduce(tensors[0].dtype) { promoted($0, $1) }
        let parts = tensors.map { $0.converted(to: dtype) }
        let counts = parts.map { $0.shape[axis] }
        let shape = parts[0].shape.replacing(axis: axis, with: counts.reduce(0, +))
        let out = parts[0].makeBuffer(shape)
        let strides = shape.strides
        var start = 0
        for part in parts {
            let layout = StridedLayout(offset: start * strides[axis], strides: strides)
            part.backend.stridedWrite(part.buffer, into: out, layout, accumulating: false)
            start += part.shape[axis]
        }
        guard records(parts) else { return Tensor(buffer: out) }
        return .recorded(out, parts) { $0.split(counts, axis: axis) }
    }

    /// Tensors of one shape along a new axis.
    public static func stacked(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        require(!tensors.isEmpty, "stacked", "tensors: there are none")
        let operands = Operands("stacked", tensors[0], "the first of tensors")
        let (shape, rank) = (tensors[0].shape, tensors[0].rank)
        operands.argument(
            rank < Shape.maximumRank && axis >= -rank - 1 && axis <= rank, "axis \(axis) is out of range")
        for tensor in tensors {
            _ = operands.moved(tensor, "one of tensors", where: tensor.shape == shape, "the shape of the first")
        }
        return concatenated(tensors.map { $0.expanded(at: axis) }, axis: axis < 0 ? axis + rank + 1 : axis)
    }

    /// `value` around the tensor: `before[i]` and `after[i]` elements along axis `i`.
    public func padded(before: [Int], after: [Int], value: Float = 0) -> Tensor {
        let fits = before.count == rank && after.count == rank
        let extents = 0..<Int(Int32.max)
        Operands("padded", self).argument(
            fits && (before + after).allSatisfy(extents.contains), "before \(before) and after \(after) do not fit")
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
        _ = Operands("padded", self, "images").moved(self, "images", where: rank == 4, "[N, H, W, C]")
        return padded(
            before: [0, insets.top, insets.left, 0], after: [0, insets.bottom, insets.right, 0], value: value)
    }

    /// The order of `axes` reversed.
    public func flipped(axes: [Int]) -> Tensor {
        let list = Operands("flipped", self).axes(axes)
        var strides = shape.strides
        var offset = 0
        for axis in list where count > 0 {
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
        let axis = Operands("rolled", self).axis(axis, of: self)
        let extent = shape[axis]
        let start = extent == 0 ? 0 : (extent - shift % extent) % extent
        if start == 0 { return self }
        let head = sliced(axis: axis, from: start, count: extent - start)
        return .concatenated([head, sliced(axis: axis, from: 0, count: start)], axis: axis)
    }
}
