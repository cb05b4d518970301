extension Tensor {
    /// `exp(x) / sum exp(x)` along `axis`.
    public func softmax(axis: Int = -1) -> Tensor {
        normalizedExponential(Operands("softmax", self), axis, logarithmic: false)
    }

    /// The logarithm of the softmax along `axis`.
    public func logSoftmax(axis: Int = -1) -> Tensor {
        normalizedExponential(Operands("logSoftmax", self), axis, logarithmic: true)
    }

    private func normalizedExponential(_ operands: Operands, _ axis: Int, logarithmic: Bool) -> Tensor {
        let axis = operands.axis(axis, of: self)
        let x = operands.floating(self, "x")
        let last = rank - 1
        if axis != last {
            let moved = x.swapped(axis: axis, with: last).normalizedExponential(operands, last, logarithmic: logarithmic)
            return moved.swapped(axis: axis, with: last)
        }
        let out = x.makeBuffer(shape)
        backend.softmax(x.buffer, logarithmic: logarithmic, into: out)
        guard Tensor.records(x) else { return Tensor(buffer: out) }
        return .recorded(out, x) { g in
            let result = g.makeBuffer(out.shape)
            g.backend.softmaxGradient(out, gradient: g.buffer, logarithmic: logarithmic, into: result)
            return Tensor(buffer: result)
        }
    }
}
