public import TensorCore

extension DeferredBackend {
    public func attention(_ operands: AttentionOperands, _ options: AttentionOptions, into out: TensorBuffer) {
        let (operands, out) = (RemoteAttention(operands, on: self), remote(out))
        submit { [inner] in inner.attention(operands.found(in: $0), options, into: $0[out]) }
    }

    public func attentionGradient(
        _ operands: AttentionOperands, output: TensorBuffer, gradient: TensorBuffer, _ options: AttentionOptions,
        into gradients: AttentionGradients
    ) {
        let operands = RemoteAttention(operands, on: self)
        let (output, gradient) = (remote(output), remote(gradient))
        let (query, key, value) = (remote(gradients.query), remote(gradients.key), remote(gradients.value))
        let bias = gradients.bias.map { remote($0) }
        submit { [inner] memory in
            inner.attentionGradient(
                operands.found(in: memory), output: memory[output], gradient: memory[gradient], options,
                into: AttentionGradients(
                    query: memory[query], key: memory[key], value: memory[value], bias: memory[bias]))
        }
    }

    public func adam(_ update: AdamUpdate, _ step: AdamStep) { adam([update], step) }

    public func adam(_ updates: [AdamUpdate], _ step: AdamStep) {
        let tensors = updates.map { update in
            [
                update.parameter, update.gradient, update.firstMoment, update.secondMoment, update.newParameter,
                update.newFirstMoment, update.newSecondMoment,
            ].map { remote($0) }
        }
        let numbers = [step.learningRate, step.biasCorrection1, step.biasCorrection2, step.gradientScale].map(remote)
        // Queued work holds handles, never memory.
        var constants = step
        (constants.learningRate, constants.gradientScale) = (0, 0)
        (constants.biasCorrection1, constants.biasCorrection2) = (0, 0)
        submit { [inner, constants] memory in
            let found = tensors.map { list in
                AdamUpdate(
                    parameter: memory[list[0]], gradient: memory[list[1]], firstMoment: memory[list[2]],
                    secondMoment: memory[list[3]], newParameter: memory[list[4]], newFirstMoment: memory[list[5]],
                    newSecondMoment: memory[list[6]])
            }
            var near = constants
            near.learningRate = numbers[0].found(in: memory)
            near.biasCorrection1 = numbers[1].found(in: memory)
            near.biasCorrection2 = numbers[2].found(in: memory)
            near.gradientScale = numbers[3].found(in: memory)
            inner.adam(found, near)
        }
    }

    public func globalNorm(_ tensors: [TensorBuffer], into out: TensorBuffer) {
        let (tensors, out) = (tensors.map { remote($0) }, remote(out))
        submit { [inner] memory in inner.globalNorm(tensors.map { memory[$0] }, into: memory[out]) }
    }

    private func remote(_ scalar: ScalarOperand) -> RemoteScalar {
        switch scalar {
        case .value(let value): .value(value)
        case .memory(let buffer): .memory(remote(buffer))
        }
    }
}

private enum RemoteScalar: Sendable {
    case value(Float)
    case memory(RemoteBuffer)

    func found(in memory: DeviceMemory) -> ScalarOperand {
        switch self {
        case .value(let value): .value(value)
        case .memory(let buffer): .memory(memory[buffer])
        }
    }
}

private struct RemoteAttention: Sendable {
    private let query: RemoteBuffer
    private let key: RemoteBuffer
    private let value: RemoteBuffer
    private let bias: RemoteBuffer?

    init(_ operands: AttentionOperands, on backend: DeferredBackend) {
        query = backend.remote(operands.query)
        key = backend.remote(operands.key)
        value = backend.remote(operands.value)
        bias = operands.bias.map { backend.remote($0) }
    }

    func found(in memory: DeviceMemory) -> AttentionOperands {
        AttentionOperands(query: memory[query], key: memory[key], value: memory[value], bias: memory[bias])
    }
}
