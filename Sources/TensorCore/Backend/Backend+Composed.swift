/// What a backend need not write: fused primitives as compositions of others, and the description of a plain host device.
extension Backend {
    public var index: Int { 0 }
    public var summary: String { name }
    public var capabilities: DeviceCapabilities { DeviceCapabilities() }
    public var memoryUsage: MemoryUsage? { nil }
    public var threadCount: Int { 1 }
    public func synchronize() {}
    public func resetPeakMemory() {}
    public func trim() {}
    public func setThreadCount(_ count: Int) {}

    public func modulate(
        _ x: TensorBuffer, scale: TensorBuffer, shift: TensorBuffer, addingOne: Bool, into out: TensorBuffer
    ) {
        var factor = scale
        if addingOne {
            factor = TensorBuffer.allocated(scale.shape, scale.dtype, on: self)
            unary(.affine, scale, alpha: 1, beta: 1, into: factor)
        }
        let product = TensorBuffer.allocated(out.shape, out.dtype, on: self)
        binary(.multiply, x, factor, into: product)
        binary(.add, product, shift, into: out)
    }

    public func modulateSpatially(
        _ x: TensorBuffer, style: TensorBuffer, signal: TensorBuffer, weight: TensorBuffer, base: TensorBuffer,
        addingOne: Bool, epsilon: Float, into out: TensorBuffer
    ) {
        withoutGradients {
            let parts = Tensor(buffer: x).modulationParts(
                style: Tensor(buffer: style), signal: Tensor(buffer: signal), weight: Tensor(buffer: weight),
                base: Tensor(buffer: base), epsilon: epsilon)
            modulate(
                parts.styled.buffer, scale: parts.gamma.buffer, shift: parts.beta.buffer, addingOne: addingOne, into: out)
        }
    }

    public func attention(_ operands: AttentionOperands, _ options: AttentionOptions, into out: TensorBuffer) {
        withoutGradients { AttentionBlocks(options).run(operands, into: out) }
    }

    public func attentionGradient(
        _ operands: AttentionOperands, output: TensorBuffer, gradient: TensorBuffer, _ options: AttentionOptions,
        into gradients: AttentionGradients
    ) {
        withoutGradients { AttentionBlocks(options).differentiate(operands, output, gradient, into: gradients) }
    }

    public func adam(_ updates: [AdamUpdate], _ step: AdamStep) {
        for update in updates { adam(update, step) }
    }

    public func globalNorm(_ tensors: [TensorBuffer], into out: TensorBuffer) {
        let sums = TensorBuffer.allocated([tensors.count], .float32, on: self)
        for (position, x) in tensors.enumerated() {
            let squares = TensorBuffer.allocated(x.shape, .float32, on: self)
            unary(.square, x, alpha: 0, beta: 0, into: squares)
            let sum = TensorBuffer.allocated([1], .float32, on: self)
            reduce(.sum, squares, axes: Array(0..<x.shape.rank), into: sum)
            stridedWrite(sum, into: sums, StridedLayout(offset: position, strides: [1]), accumulating: false)
        }
        let total = TensorBuffer.allocated([1], .float32, on: self)
        reduce(.sum, sums, axes: [0], into: total)
        unary(.squareRoot, total, alpha: 0, beta: 0, into: out)
    }
}
