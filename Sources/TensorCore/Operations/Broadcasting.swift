extension Tensor {
    /// The elements repeated along axes of extent 1 (and new leading axes) to `shape`, NumPy's rule.
    ///
    /// Derivative: the sum over the repeated axes.
    public func broadcast(to shape: Shape) -> Tensor {
        if shape == self.shape { return self }
        let fits = Shape.broadcast(self.shape, shape) == shape
        _ = Operands("broadcast", self).moved(self, "x", where: fits, "a shape that broadcasts to \(shape)")
        let lead = shape.rank - rank
        let own = self.shape.strides
        let strides = (0..<shape.rank).map { axis -> Int in
            axis < lead || self.shape[axis - lead] == 1 ? 0 : own[axis - lead]
        }
        let out = makeBuffer(shape)
        backend.stridedRead(buffer, StridedLayout(strides: strides), into: out)
        guard Tensor.records(self) else { return Tensor(buffer: out) }
        let source = self.shape
        return .recorded(out, self) { $0.summed(to: source) }
    }

    /// The adjoint of ``broadcast(to:)``: sums over the axes along which `shape` was repeated.
    func summed(to shape: Shape) -> Tensor {
        if shape == self.shape { return self }
        let lead = rank - shape.rank
        let axes = (0..<rank).filter { axis in
            axis < lead || (shape[axis - lead] == 1 && self.shape[axis] != 1)
        }
        return sum(axes: axes, keepingDimensions: true).reshaped(to: shape)
    }
}
