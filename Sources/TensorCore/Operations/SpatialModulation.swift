extension Tensor {
    /// Features `[N, H, W, C]` brought to a style (AdaIN, Huang and Belongie 2017), then modulated by maps that follow a
    /// one-channel signal (SPADE, Park et al. 2019):
    ///
    ///     (gamma [+ 1]) * ((x - mean) / std * (1 + s) + b) + beta,   gamma, beta = base + conv3x3(signal)
    ///
    /// Mean and deviation are those of every channel of every image. One pass where no gradient is recorded.
    ///
    /// - Parameters:
    ///   - style: `[N, 2C]`, `s` before `b`.
    ///   - signal: `[N, H, W, 1]`.
    ///   - weight: `[2C, 1, 3, 3]`, the outputs of gamma before those of beta.
    ///   - base: what the convolution is added to: a bias `[2C]`, or maps `[N, H, W, 2C]`, or one image of maps for all.
    ///   - addingOne: whether a gamma of zero leaves the features as they are.
    ///   - epsilon: is added to the variance.
    public func spatiallyModulated(
        style: Tensor, signal: Tensor, weight: Tensor, base: Tensor, addingOne: Bool, epsilon: Float = 1e-5
    ) -> Tensor {
        let operands = Operands("spatiallyModulated", self, "features")
        let x = operands.floating(self, "features", where: rank == 4, "[N, H, W, C]")
        let (channels, maps) = (shape[3], shape.replacing(axis: 3, with: 2 * shape[3]))
        let style = operands.float32(
            style, "style", where: style.shape == [shape[0], 2 * channels], "[\(shape[0]), \(2 * channels)]")
        let signalShape = shape.replacing(axis: 3, with: 1)
        let signal = operands.floating(
            signal, "signal", where: signal.shape == signalShape, "\(signalShape)"
        ).converted(to: x.dtype)
        let weight = operands.float32(
            weight, "weight", where: weight.shape == [2 * channels, 1, 3, 3], "[\(2 * channels), 1, 3, 3]")
        let isBias = base.isVector(2 * channels)
        let fits = isBias || base.shape == maps || base.shape == maps.replacing(axis: 0, with: 1)
        let summand = operands.floating(
            base, "base", where: fits, "[\(2 * channels)] or \(maps), of one image or of all"
        ).converted(to: isBias ? .float32 : x.dtype)
        guard Tensor.records([x, style, signal, weight, summand]) else {
            let out = x.makeBuffer(shape)
            backend.modulateSpatially(
                x.buffer, style: style.buffer, signal: signal.buffer, weight: weight.buffer, base: summand.buffer,
                addingOne: addingOne, epsilon: epsilon, into: out)
            return Tensor(buffer: out)
        }
        let parts = x.modulationParts(style: style, signal: signal, weight: weight, base: summand, epsilon: epsilon)
        return parts.styled.modulated(scale: parts.gamma, shift: parts.beta, addingOne: addingOne)
    }

    /// The styled features, and the maps that modulate them.
    func modulationParts(
        style: Tensor, signal: Tensor, weight: Tensor, base: Tensor, epsilon: Float
    ) -> (styled: Tensor, gamma: Tensor, beta: Tensor) {
        let channels = shape[3]
        let maps = signal.conv2d(
            weight: weight, bias: base.rank == 1 ? base : nil, ConvolutionOptions(padding: 1),
            residual: base.rank == 1 ? nil : base.broadcast(to: shape.replacing(axis: 3, with: 2 * channels)))
        let styles = style.reshaped(to: [shape[0], 1, 1, 2 * channels]).split([channels, channels], axis: 3)
        let parts = maps.split([channels, channels], axis: 3)
        let styled = instanceNorm(epsilon: epsilon).modulated(scale: styles[0], shift: styles[1], addingOne: true)
        return (styled, parts[0], parts[1])
    }
}
