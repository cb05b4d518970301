/// Stochastic gradient descent with momentum, Nesterov momentum and weight decay, in PyTorch's formulation.
public struct SGD: Optimizer {
    public var learningRate: Float
    /// The share of the last direction that is kept.
    public var momentum: Float
    /// Added to the gradient times the weight.
    public var weightDecay: Float
    /// Looks ahead along the momentum.
    public var nesterov: Bool
    private var velocities: [String: Tensor] = [:]

    /// Makes the optimizer.
    public init(learningRate: Float, momentum: Float = 0, weightDecay: Float = 0, nesterov: Bool = false) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.nesterov = nesterov
    }

    public mutating func step(_ parameters: [Parameter], gradients: Gradients, gradientScale: ScalarOperand) {
        withoutGradients {
            for parameter in parameters where parameter.isTrainable {
                guard let gradient = gradients[parameter] else { continue }
                let value = parameter.value
                var direction = scaledGradient(gradient.converted(to: .float32), by: gradientScale, decaying: value)
                if momentum != 0 {
                    let known = velocities[parameter.path]?.placed(beside: value)
                    require(
                        known.map { $0.shape == value.shape } ?? true, "SGD.step",
                        "momentum_buffer of \(parameter.path) is \(known?.shape ?? []), expected \(value.shape)")
                    let velocity = known.map { $0.scaled(by: momentum, adding: direction) } ?? direction
                    velocities[parameter.path] = velocity
                    direction = nesterov ? direction.scaled(adding: velocity, scaledBy: momentum) : velocity
                }
                parameter.value = value.scaled(adding: direction, scaledBy: -learningRate)
            }
        }
    }

    private func scaledGradient(_ gradient: Tensor, by scale: ScalarOperand, decaying value: Tensor) -> Tensor {
        switch scale {
        case .value(let factor): gradient.scaled(by: factor, adding: value, scaledBy: weightDecay)
        case .memory: (gradient * scale.tensor(beside: gradient)).scaled(adding: value, scaledBy: weightDecay)
        }
    }

    public func stateDict() -> StateDict { StateDict(velocities).addingSuffix(".momentum_buffer") }

    public mutating func load(_ state: StateDict) throws(CheckpointError) {
        let names = state.names.filter { $0.hasSuffix(".momentum_buffer") }
        try state.check(floating: names)
        velocities = [:]
        for name in names {
            velocities[String(name.dropLast(".momentum_buffer".count))] = state[name]?.converted(to: .float32)
        }
    }
}

extension StateDict {
    /// The same tensors with `suffix` after each name.
    fileprivate func addingSuffix(_ suffix: String) -> StateDict {
        var result = StateDict()
        for name in names { result[name + suffix] = self[name] }
        return result
    }
}
