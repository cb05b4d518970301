extension Tensor {
    /// The sum over `axes` (all of them by default); integers and booleans add up to int64, which wraps.
    public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        let x = widened()
        let (kept, out) = x.reduced(.sum, axes, keepingDimensions, "sum")
        guard Tensor.records(x) else { return Tensor(buffer: out) }
        let source = shape
        return .recorded(out, x) { $0.reshaped(to: kept).broadcast(to: source) }
    }

    /// The mean over `axes` (all of them by default).
    public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        let x = Operands("mean", self).floating(self, "x")
        let (kept, out) = x.reduced(.mean, axes, keepingDimensions, "mean")
        guard Tensor.records(x) else { return Tensor(buffer: out) }
        let source = shape
        let share = Float(kept.elementCount) / Float(Swift.max(source.elementCount, 1))
        return .recorded(out, x) { ($0 * share).reshaped(to: kept).broadcast(to: source) }
    }

    /// The population variance over `axes`.
    public func variance(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        _ = Operands("variance", self).axes(axes)
        let centred = self - mean(axes: axes, keepingDimensions: true)
        return centred.squared().mean(axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The largest element over `axes`; ties share the gradient equally (PyTorch's `amax`). Of no elements it is minus
    /// infinity, or the lowest integer.
    public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        extremum(.maximum, axes, keepingDimensions, "max")
    }

    /// The smallest element over `axes`; ties share the gradient equally (PyTorch's `amin`). Of no elements it is infinity,
    /// or the largest integer.
    public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        extremum(.minimum, axes, keepingDimensions, "min")
    }

    /// The product over `axes`, int64 for integers. The derivative divides by the elements, which must not be zero.
    public func product(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        let (kept, out) = widened().reduced(.product, axes, keepingDimensions, "product")
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        let (x, result) = (detached(), Tensor(buffer: out))
        return .recorded(out, self) { g in
            (g * result).reshaped(to: kept).broadcast(to: x.shape) / x
        }
    }

    /// The Euclidean norm over `axes`; derivative 0 where it is 0 (PyTorch).
    public func norm(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        let operands = Operands("norm", self)
        let list = operands.axes(axes)
        let floating = operands.floating(self, "x")
        let x = floating.detached()
        let length = x.squared().sum(axes: axes, keepingDimensions: keepingDimensions).squareRoot()
        guard Tensor.records(floating) else { return length }
        let kept = shape.keepingReduced(list)
        return .recorded(length.buffer, floating) { g in
            let divisor = length.masked(where: length .== 0, with: 1)
            return x * (g / divisor).reshaped(to: kept)
        }
    }

    /// The tensor divided by its Euclidean norm along `axis`, the norm being at least `epsilon` (torch's `F.normalize`).
    public func normalized(axis: Int = -1, epsilon: Float = 1e-12) -> Tensor {
        let operands = Operands("normalized", self)
        let x = operands.floating(self, "x")
        let length = x.norm(axes: [operands.axis(axis, of: self)], keepingDimensions: true)
        return x / Tensor.maximum(length, x.filled(with: Double(epsilon), shape: []))
    }

    private func extremum(_ op: ReduceOperation, _ axes: [Int]?, _ keeping: Bool, _ name: StaticString) -> Tensor {
        if dtype == .uint8 || dtype == .bool {
            let result = converted(to: .int32).extremum(op, axes, keeping, name)
            // The extremum of nothing is a bound of int32, which has to become one of bytes.
            return (count == 0 ? result.clamped(to: 0...255) : result).converted(to: dtype)
        }
        if dtype == .float16 { return converted(to: .float32).extremum(op, axes, keeping, name) }
        let (kept, out) = reduced(op, axes, keeping, name)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        let (x, result) = (detached(), Tensor(buffer: out))
        return .recorded(out, self) { g in
            let winners = (x .== result.reshaped(to: kept)).converted(to: g.dtype)
            let reducedAxes = (0..<x.rank).filter { kept[$0] != x.shape[$0] }
            let number = winners.sum(axes: reducedAxes, keepingDimensions: true)
            return winners * (g.reshaped(to: kept) / number)
        }
    }

    private func reduced(
        _ op: ReduceOperation, _ axes: [Int]?, _ keeping: Bool, _ name: StaticString
    ) -> (kept: Shape, out: TensorBuffer) {
        let list = Operands(name, self).axes(axes)
        let kept = shape.keepingReduced(list)
        let out = makeBuffer(keeping ? kept : shape.removing(list))
        backend.reduce(op, buffer, axes: list, into: out)
        return (kept, out)
    }

    /// Integers and booleans as int64, the type of their sums.
    private func widened() -> Tensor { converted(to: dtype.isFloatingPoint ? dtype.computed : .int64) }
}

extension Tensor {
    /// The int64 position of the first maximum along `axis`.
    public func argMax(axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
        argReduced(maximum: true, axis, keepingDimensions, Operands("argMax", self))
    }

    /// The int64 position of the first minimum along `axis`.
    public func argMin(axis: Int = -1, keepingDimensions: Bool = false) -> Tensor {
        argReduced(maximum: false, axis, keepingDimensions, Operands("argMin", self))
    }

    private func argReduced(maximum: Bool, _ axis: Int, _ keeping: Bool, _ operands: Operands) -> Tensor {
        let axis = operands.axis(axis, of: self)
        if dtype == .uint8 || dtype == .bool {
            return converted(to: .int32).argReduced(maximum: maximum, axis, keeping, operands)
        }
        if dtype == .float16 { return converted(to: .float32).argReduced(maximum: maximum, axis, keeping, operands) }
        _ = operands.moved(self, "x", where: shape[axis] > 0, "elements along axis \(axis)")
        let out = makeBuffer(keeping ? shape.replacing(axis: axis, with: 1) : shape.removing([axis]), .int64)
        backend.argReduce(maximum: maximum, buffer, axis: axis, into: out)
        return Tensor(buffer: out)
    }

    /// The running sum along `axis`, from the end when `reversed`; int64 for integers and booleans.
    public func cumulativeSum(axis: Int, reversed: Bool = false) -> Tensor {
        let axis = Operands("cumulativeSum", self).axis(axis, of: self)
        if !dtype.isFloatingPoint && dtype != .int64 {
            return converted(to: .int64).cumulativeSum(axis: axis, reversed: reversed)
        }
        if dtype == .float16 { return converted(to: .float32).cumulativeSum(axis: axis, reversed: reversed) }
        let out = makeBuffer(shape)
        backend.cumulativeSum(buffer, axis: axis, reversed: reversed, into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        return .recorded(out, self) { $0.cumulativeSum(axis: axis, reversed: !reversed) }
    }

    /// The `k` largest elements along `axis` in descending order, and their int64 positions.
    public func topK(_ k: Int, axis: Int = -1) -> (values: Tensor, indices: Tensor) {
        if dtype == .float16 { return converted(to: .float32).topK(k, axis: axis) }
        let operands = Operands("topK", self)
        let axis = operands.axis(axis, of: self)
        operands.argument(k >= 0 && k <= shape[axis], "k: \(k) of \(shape[axis]) elements")
        let last = rank - 1
        if axis != last {
            let (values, indices) = swapped(axis: axis, with: last).topK(k)
            return (values.swapped(axis: axis, with: last), indices.swapped(axis: axis, with: last))
        }
        let outShape = shape.replacing(axis: last, with: k)
        let values = makeBuffer(outShape)
        let indices = makeBuffer(outShape, .int64)
        backend.topK(buffer, values: values, indices: indices)
        let positions = Tensor(buffer: indices)
        guard Tensor.records(self) else { return (Tensor(buffer: values), positions) }
        let source = shape
        let recorded = Tensor.recorded(values, self) { g in
            g.filled(with: 0, shape: source).scatterAddingElements(g, at: positions, axis: last)
        }
        return (recorded, positions)
    }
}
