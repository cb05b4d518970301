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
        let operands = Operands("groupNorm", self)
        _ = operands.moved(self, "x", where: rank >= 2, "[N, ..., C]")
        let channels = shape[rank - 1]
        operands.argument(groups > 0 && channels % groups == 0, "\(groups) groups do not divide \(channels) channels")
        return groupNormed(imageView, groups, scale, shift, epsilon, activation, operands).result
    }

    /// Instance normalisation: ``groupNorm(groups:scale:shift:epsilon:activation:)`` with one channel a group.
    public func instanceNorm(scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5) -> Tensor {
        let operands = Operands("instanceNorm", self)
        _ = operands.moved(self, "x", where: rank >= 2, "[N, ..., C]")
        return groupNormed(imageView, Swift.max(shape[rank - 1], 1), scale, shift, epsilon, .none, operands).result
    }

    /// Layer normalisation over the last axis.
    public func layerNorm(scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5) -> Tensor {
        let operands = Operands("layerNorm", self)
        _ = operands.moved(self, "x", where: rank >= 1, "at least one axis")
        let width = shape[rank - 1]
        let view: Shape = [count / Swift.max(width, 1), 1, width]
        return groupNormed(view, 1, scale, shift, epsilon, .none, operands).result
    }

    /// Batch normalisation with the statistics of the batch, and those statistics for the running averages.
    ///
    /// - Returns: the result, and per channel (float32 `[C]`, without graph) the mean and the population variance.
    public func batchNorm(
        scale: Tensor?, shift: Tensor?, epsilon: Float = 1e-5
    ) -> (result: Tensor, mean: Tensor, variance: Tensor) {
        let operands = Operands("batchNorm", self)
        _ = operands.moved(self, "x", where: rank >= 1, "[..., C]")
        let channels = shape[rank - 1]
        let view: Shape = [1, count / Swift.max(channels, 1), channels]
        let (result, mean, deviation) = groupNormed(view, Swift.max(channels, 1), scale, shift, epsilon, .none, operands)
        let variance = deviation.power(-2) - epsilon
        let known = variance.reshaped(to: [variance.count]).clamped(to: 0...Float.infinity)
        return (result, mean.reshaped(to: [mean.count])[..<channels], known[..<channels])
    }

    /// Batch normalisation with given statistics (inference).
    public func batchNorm(
        mean: Tensor, variance: Tensor, scale: Tensor?, shift: Tensor?, epsilon: Float = 1e-5
    ) -> Tensor {
        let operands = Operands("batchNorm", self)
        let x = operands.floating(self, "x", where: rank >= 1, "[..., C]")
        let channels = shape[rank - 1]
        let mean = operands.float32(mean, "mean", where: mean.isVector(channels), "[\(channels)]")
        let variance = operands.float32(variance, "variance", where: variance.isVector(channels), "[\(channels)]")
        let scale = operands.float32(scale, "scale", where: { $0.isVector(channels) }, "[\(channels)]")
        let shift = operands.float32(shift, "shift", where: { $0.isVector(channels) }, "[\(channels)]")
        let inverse = (variance + epsilon).reciprocalSquareRoot()
        let factor = scale.map { $0 * inverse } ?? inverse
        let offset = shift.map { $0 - mean * factor } ?? -(mean * factor)
        return x.modulated(scale: factor.converted(to: x.dtype), shift: offset.converted(to: x.dtype), addingOne: false)
    }

    /// `x / sqrt(mean(x^2) + epsilon) * scale` over the last axis.
    public func rmsNorm(scale: Tensor? = nil, epsilon: Float = 1e-6) -> Tensor {
        let operands = Operands("rmsNorm", self)
        let x = operands.floating(self, "x", where: rank >= 1, "at least one axis")
        let width = shape[rank - 1]
        let factor = operands.float32(scale, "scale", where: { $0.isVector(width) }, "[\(width)]")
        let rows = count / Swift.max(width, 1)
        let flat = x.buffer.reshaped([rows, width])
        let out = x.makeBuffer(flat.shape)
        let deviation = makeBuffer([rows], .float32)
        backend.rmsNorm(flat, scale: factor?.buffer, epsilon: epsilon, into: out, reciprocalDeviation: deviation)
        let view = out.reshaped(shape)
        guard Tensor.records(x, factor ?? x) else { return Tensor(buffer: view) }
        let source = shape
        let factorBuffer = factor?.buffer
        return .recorded(view, [x, factor ?? x.detached()]) { g in
            let result = g.makeBuffer(flat.shape)
            let scaleGradient = factorBuffer.map { _ in g.makeBuffer([width], .float32) }
            if result.count == 0 {
                if let scaleGradient { g.backend.fill(scaleGradient, with: 0) }
                return [Tensor(buffer: result.reshaped(source)), scaleGradient.map { Tensor(buffer: $0) }]
            }
            g.backend.rmsNormGradient(
                flat, gradient: g.buffer.reshaped(flat.shape), scale: factorBuffer, reciprocalDeviation: deviation,
                into: result, scaleGradient: scaleGradient)
            return [Tensor(buffer: result.reshaped(source)), scaleGradient.map { Tensor(buffer: $0) }]
        }
    }

    /// `x * scale + shift`, or `x * (1 + scale) + shift`; `scale` and `shift` broadcast to the tensor. One pass where no
    /// gradient is recorded.
    public func modulated(scale: Tensor, shift: Tensor, addingOne: Bool) -> Tensor {
        let operands = Operands("modulated", self)
        let input = operands.floating(self, "x")
        let a = operands.moved(
            scale, "scale", where: Shape.broadcast(shape, scale.shape) == shape, "a shape that broadcasts to that of x"
        ).converted(to: input.dtype)
        let b = operands.moved(
            shift, "shift", where: Shape.broadcast(shape, shift.shape) == shape, "a shape that broadcasts to that of x"
        ).converted(to: input.dtype)
        let out = input.makeBuffer(shape)
        backend.modulate(input.buffer, scale: a.buffer, shift: b.buffer, addingOne: addingOne, into: out)
        guard Tensor.records([input, a, b]) else { return Tensor(buffer: out) }
        let (x, factor) = (input.detached(), a.detached())
        let (shapeA, shapeB) = (a.shape, b.shape)
        let (needsX, needsScale) = (input.requiresGradient, a.requiresGradient)
        return .recorded(out, [input, a, b]) { g in
            let inX =
                needsX
                ? (addingOne ? g.modulated(scale: factor, shift: g.filled(with: 0, shape: []), addingOne: true) : g * factor)
                : nil
            let inScale = needsScale ? (g * x).summed(to: shapeA) : nil
            return [inX, inScale, g.summed(to: shapeB)]
        }
    }

    /// `[N, ..., C]` as `[N, P, C]`.
    private var imageView: Shape {
        let channels = shape[rank - 1]
        return [shape[0], Shape(shape[1..<(rank - 1)]).elementCount, channels]
    }

    /// The kernel behind the family, on the view `[N, P, C]`.
    private func groupNormed(
        _ view: Shape, _ groups: Int, _ scale: Tensor?, _ shift: Tensor?, _ epsilon: Float, _ activation: FusedActivation,
        _ operands: Operands
    ) -> (result: Tensor, mean: Tensor, reciprocalDeviation: Tensor) {
        let channels = view[2]
        let x = operands.floating(self, "x")
        let factor = operands.float32(scale, "scale", where: { $0.isVector(channels) }, "[\(channels)]")
        let offset = operands.float32(shift, "shift", where: { $0.isVector(channels) }, "[\(channels)]")
        let flat = x.buffer.reshaped(view)
        let out = x.makeBuffer(view)
        let mean = makeBuffer([view[0], groups], .float32)
        let deviation = makeBuffer([view[0], groups], .float32)
        let records = Tensor.records([x, factor, offset].compactMap { $0 })
        if count > 0 {
            backend.groupNorm(
                flat, groups: groups, scale: factor?.buffer, shift: offset?.buffer, epsilon: epsilon,
                activation: records ? .none : activation, into: out, mean: mean, reciprocalDeviation: deviation)
        } else {
            for statistic in [mean, deviation] { backend.fill(statistic, with: .nan) }
        }
        let statistics = (Tensor(buffer: mean), Tensor(buffer: deviation))
        let result = out.reshaped(shape)
        guard records else { return (Tensor(buffer: result), statistics.0, statistics.1) }
        let source = shape
        let (factorBuffer, offsetBuffer) = (factor?.buffer, offset?.buffer)
        let recorded = Tensor.recorded(result, [x, factor ?? x.detached(), offset ?? x.detached()]) { g in
            let gradient = g.makeBuffer(view)
            let scaleGradient = factorBuffer.map { _ in g.makeBuffer([channels], .float32) }
            let shiftGradient = offsetBuffer.map { _ in g.makeBuffer([channels], .float32) }
            if gradient.count == 0 {
                for sum in [scaleGradient, shiftGradient].compactMap({ $0 }) { g.backend.fill(sum, with: 0) }
                return [Tensor(buffer: gradient.reshaped(source))]
                    + [scaleGradient, shiftGradient].map { $0.map { Tensor(buffer: $0) } }
            }
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
