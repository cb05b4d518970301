extension Tensor {
    /// `exp(x) / sum exp(x)` along `axis`.
    public func softmax(axis: Int = -1) -> Tensor { normalizedExponential(axis, logarithmic: false) }

    /// The logarithm of the softmax along `axis`.
    public func logSoftmax(axis: Int = -1) -> Tensor { normalizedExponential(axis, logarithmic: true) }

    private func normalizedExponential(_ axis: Int, logarithmic: Bool) -> Tensor {
        if dtype == .float16 { return converted(to: .float32).normalizedExponential(axis, logarithmic: logarithmic) }
        let axis = shape.normalized(axis: axis)
        let last = rank - 1
        if axis != last {
            let moved = swapped(axis: axis, with: last).normalizedExponential(last, logarithmic: logarithmic)
            return moved.swapped(axis: axis, with: last)
        }
        let out = makeBuffer(shape)
        backend.softmax(buffer, logarithmic: logarithmic, into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        return .recorded(out, self) { g in
            let result = g.makeBuffer(out.shape)
            g.backend.softmaxGradient(out, gradient: g.buffer, logarithmic: logarithmic, into: result)
            return Tensor(buffer: result)
        }
    }
}
