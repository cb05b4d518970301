extension Tensor {
    /// Group normalisation of `[N, ..., C]`: every group of channels of every image to mean 0 and variance 1, then
    /// `scale` and `shift` per channel (PyTorch's `GroupNorm`, population variance).
    ///
    /// - Parameters:
    ///   - groups: divides the channels.
    ///   - scale: `[C]`.
    ///   - shift: `[C]`.
    ///   - epsilon: is added to the variance.
    ///   - activation: part of the kernel where no gradient is recorded.
    public func groupNorm(
        groups: Int, scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5, activation: FusedActivation = .none
    ) -> Tensor {
        require(rank >= 2, "groupNorm", "expected [N, ..., C], found \(shape)")
        let channels = shape[rank - 1]
        require(channels % groups == 0, "groupNorm", "\(groups) groups do not divide \(channels) channels")
        let view: Shape = [shape[0], count / Swift.max(shape[0] * channels, 1), channels]
        return groupNormed(view, groups, scale, shift, epsilon, activation).result
    }

    /// Instance normalisation: ``groupNorm(groups:scale:shift:epsilon:activation:)`` with one channel a group.
    public func instanceNorm(scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5) -> Tensor {
        groupNorm(groups: shape[rank - 1], scale: scale, shift: shift, epsilon: epsilon)
    }

    /// Layer normalisation over the last axis.
    public func layerNorm(scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5) -> Tensor {
        require(rank >= 1, "layerNorm", "expected at least one axis, found \(shape)")
        let width = shape[rank - 1]
        let view: Shape = [count / Swift.max(width, 1), 1, width]
        return groupNormed(view, 1, scale, shift, epsilon, .none).result
    }

    /// Batch normalisation with the statistics of the batch, and those statistics for the running averages.
    ///
    /// - Returns: the result, and per channel (float32 `[C]`, without graph) the mean and the population variance.
    public func batchNorm(
        scale: Tensor?, shift: Tensor?, epsilon: Float = 1e-5
    ) -> (result: Tensor, mean: Tensor, variance: Tensor) {
        let channels = shape[rank - 1]
        let view: Shape = [1, count / Swift.max(channels, 1), channels]
        let (result, mean, deviation) = groupNormed(view, channels, scale, shift, epsilon, .none)
        let variance = deviation.power(-2) - epsilon
        return (result, mean.reshaped(to: [channels]), variance.reshaped(to: [channels]).clamped(to: 0...Float.infinity))
    }

    /// Batch normalisation with given statistics (inference).
    public func batchNorm(
        mean: Tensor, variance: Tensor, scale: Tensor?, shift: Tensor?, epsilon: Float = 1e-5
    ) -> Tensor {
        let inverse = (variance + epsilon).reciprocalSquareRoot()
        let factor = scale.map { $0 * inverse } ?? inverse
        let offset = shift.map { $0 - mean * factor } ?? -(mean * factor)
        return modulated(scale: factor.converted(to: dtype), shift: offset.converted(to: dtype), addingOne: false)
    }

    /// `x / sqrt(mean(x^2) + epsilon) * scale` over the last axis.
    public func rmsNorm(scale: Tensor? = nil, epsilon: Float = 1e-6) -> Tensor {
        if dtype == .float16 { return converted(to: .float32).rmsNorm(scale: scale, epsilon: epsilon) }
        let width = shape[rank - 1]
        let rows = count / Swift.max(width, 1)
        let flat = buffer.reshaped([rows, width])
        let out = makeBuffer(flat.shape)
        let deviation = makeBuffer([rows], .float32)
        let factor = scale?.converted(to: .float32)
        backend.rmsNorm(flat, scale: factor?.buffer, epsilon: epsilon, into: out, reciprocalDeviation: deviation)
        let view = out.reshaped(shape)
        guard Tensor.records(self, factor ?? self) else { return Tensor(buffer: view) }
        let source = shape
        let factorBuffer = factor?.buffer
        return .recorded(view, [self, factor ?? detached()]) { g in
            let result = g.makeBuffer(flat.shape)
            let scaleGradient = factorBuffer.map { _ in g.makeBuffer([width], .float32) }
            g.backend.rmsNormGradient(
                flat, gradient: g.buffer.reshaped(flat.shape), scale: factorBuffer, reciprocalDeviation: deviation,
                into: result, scaleGradient: scaleGradient)
            return [Tensor(buffer: result.reshaped(source)), scaleGradient.map { Tensor(buffer: $0) }]
        }
    }

    /// `x * scale + shift`, or `x * (1 + scale) + shift`; `scale` and `shift` broadcast to the tensor. One pass where no
    /// gradient is recorded.
    public func modulated(scale: Tensor, shift: Tensor, addingOne: Bool) -> Tensor {
        if dtype == .float16 { return converted(to: .float32).modulated(scale: scale, shift: shift, addingOne: addingOne) }
        let (a, b) = (scale.converted(to: dtype), shift.converted(to: dtype))
        require(
            Shape.broadcast(shape, a.shape) == shape && Shape.broadcast(shape, b.shape) == shape, "modulated",
            "scale \(scale.shape) and shift \(shift.shape) do not broadcast to \(shape)")
        let out = makeBuffer(shape)
        backend.modulate(buffer, scale: a.buffer, shift: b.buffer, addingOne: addingOne, into: out)
        guard Tensor.records([self, a, b]) else { return Tensor(buffer: out) }
        let (x, factor) = (detached(), a.detached())
        let (shapeA, shapeB) = (a.shape, b.shape)
        let (needsX, needsScale) = (requiresGradient, a.requiresGradient)
        return .recorded(out, [self, a, b]) { g in
            let inX =
                needsX
                ? (addingOne ? g.modulated(scale: factor, shift: g.filled(with: 0, shape: []), addingOne: true) : g * factor)
                : nil
            let inScale = needsScale ? (g * x).summed(to: shapeA) : nil
            return [inX, inScale, g.summed(to: shapeB)]
        }
    }

    /// The kernel behind the family, on the view `[N, P, C]`.
    private func groupNormed(
        _ view: Shape, _ groups: Int, _ scale: Tensor?, _ shift: Tensor?, _ epsilon: Float, _ activation: FusedActivation
    ) -> (result: Tensor, mean: Tensor, reciprocalDeviation: Tensor) {
        if dtype == .float16 { return converted(to: .float32).groupNormed(view, groups, scale, shift, epsilon, activation) }
        let channels = view[2]
        require(
            (scale?.count ?? channels) == channels && (shift?.count ?? channels) == channels, "groupNorm",
            "scale \(scale?.shape ?? []) and shift \(shift?.shape ?? []) for \(channels) channels")
        let (factor, offset) = (scale?.converted(to: .float32), shift?.converted(to: .float32))
        let flat = buffer.reshaped(view)
        let out = makeBuffer(view)
        let mean = makeBuffer([view[0], groups], .float32)
        let deviation = makeBuffer([view[0], groups], .float32)
        let records = Tensor.records([self, factor, offset].compactMap { $0 })
        backend.groupNorm(
            flat, groups: groups, scale: factor?.buffer, shift: offset?.buffer, epsilon: epsilon,
            activation: records ? .none : activation, into: out, mean: mean, reciprocalDeviation: deviation)
        let statistics = (Tensor(buffer: mean), Tensor(buffer: deviation))
        let result = out.reshaped(shape)
        guard records else { return (Tensor(buffer: result), statistics.0, statistics.1) }
        let source = shape
        let (factorBuffer, offsetBuffer) = (factor?.buffer, offset?.buffer)
        let recorded = Tensor.recorded(result, [self, factor ?? detached(), offset ?? detached()]) { g in
            let gradient = g.makeBuffer(view)
            let scaleGradient = factorBuffer.map { _ in g.makeBuffer([channels], .float32) }
            let shiftGradient = offsetBuffer.map { _ in g.makeBuffer([channels], .float32) }
            g.backend.groupNormGradient(
                flat, gradient: g.buffer.reshaped(view), groups: groups, scale: factorBuffer, mean: mean,
                reciprocalDeviation: deviation, into: gradient, scaleGradient: scaleGradient, shiftGradient: shiftGradient)
            return [
                Tensor(buffer: gradient.reshaped(source)), scaleGradient.map { Tensor(buffer: $0) },
                shiftGradient.map { Tensor(buffer: $0) },
            ]
        }
        return (recorded.activated(activation), statistics.0, statistics.1)
    }
}
