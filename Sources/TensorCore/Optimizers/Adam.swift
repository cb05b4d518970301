/// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) in PyTorch's formulation; all states float32.
public struct Adam: Optimizer {
    /// How weight decay enters.
    public enum Decay: Sendable, Hashable, Codable {
        /// Added to the gradient (PyTorch's `Adam`).
        case coupled(Float)
        /// Applied to the weight, scaled by the learning rate (PyTorch's `AdamW`).
        case decoupled(Float)
    }

    public var learningRate: Float
    /// Decay of the two moments.
    public var betas: (Float, Float)
    /// Added to the denominator.
    public var epsilon: Float
    /// The kind and rate of weight decay.
    public var decay: Decay
    /// Whether biases and normalisation weights (rank 1) decay like matrices and kernels.
    public var decaysVectors: Bool
    private var steps: [String: Int] = [:]
    private var moments: [String: (Tensor, Tensor)] = [:]

    /// Adam with PyTorch's defaults.
    public init(
        learningRate: Float = 1e-3, betas: (Float, Float) = (0.9, 0.999), epsilon: Float = 1e-8, decay: Decay = .coupled(0),
        decaysVectors: Bool = true
    ) {
        self.learningRate = learningRate
        self.betas = betas
        self.epsilon = epsilon
        self.decay = decay
        self.decaysVectors = decaysVectors
    }

    /// AdamW with PyTorch's defaults.
    public static func adamW(learningRate: Float = 1e-3, weightDecay: Float = 0.01) -> Adam {
        Adam(learningRate: learningRate, decay: .decoupled(weightDecay))
    }

    public mutating func step(_ parameters: [Parameter], gradients: Gradients, gradientScale: ScalarOperand) {
        step(parameters, gradients, gradientScale) { optimizer, count in optimizer.numbers(atStep: count) }
    }

    /// One step with the numbers that change from step to step given, in memory where the step is recorded to be replayed:
    /// ``learningRate`` and the step count enter through them alone.
    public mutating func step(
        _ parameters: [Parameter], gradients: Gradients, gradientScale: ScalarOperand = 1, numbers: AdamNumbers
    ) {
        step(parameters, gradients, gradientScale) { _, _ in numbers }
    }

    /// The numbers of a parameter's step `count`, which begins at 1.
    public func numbers(atStep count: Int) -> AdamNumbers {
        AdamNumbers(
            learningRate: .value(learningRate), biasCorrection1: .value(1 - Self.power(betas.0, count)),
            biasCorrection2: .value(1 - Self.power(betas.1, count)))
    }

    private mutating func step(
        _ parameters: [Parameter], _ gradients: Gradients, _ scale: ScalarOperand,
        _ numbers: (Adam, Int) -> AdamNumbers
    ) {
        var waiting: [AdamGroup: AdamBatch] = [:]
        withoutGradients {
            for parameter in parameters where parameter.isTrainable {
                guard let gradient = gradients[parameter] else { continue }
                let value = parameter.value
                let count = steps[parameter.path, default: 0] + 1
                steps[parameter.path] = count
                let group = AdamGroup(device: value.device, count: count, decays: decaysVectors || value.rank > 1)
                let update = update(parameter, value, gradient.converted(to: .float32))
                waiting[group, default: AdamBatch()].add(parameter, update)
                guard waiting[group]?.isFull == true, let batch = waiting.removeValue(forKey: group) else { continue }
                submit(batch, group, constants(numbers(self, count), scale, group.decays))
            }
            for (group, batch) in waiting {
                submit(batch, group, constants(numbers(self, group.count), scale, group.decays))
            }
        }
    }

    private mutating func submit(_ batch: AdamBatch, _ group: AdamGroup, _ step: AdamStep) {
        group.device.backend.adam(batch.updates, step)
        for (parameter, update) in zip(batch.parameters, batch.updates) {
            parameter.value = Tensor(buffer: update.newParameter)
            moments[parameter.path] = (Tensor(buffer: update.newFirstMoment), Tensor(buffer: update.newSecondMoment))
        }
    }

    private func update(_ parameter: Parameter, _ value: Tensor, _ gradient: Tensor) -> AdamUpdate {
        let known = moments[parameter.path].map { ($0.placed(beside: value), $1.placed(beside: value)) }
        let (first, second) = known ?? (value.zerosLike(), value.zerosLike())
        for (state, name) in [(first, "exp_avg"), (second, "exp_avg_sq")] {
            require(
                state.shape == value.shape, "Adam.step",
                "\(name) of \(parameter.path) is \(state.dtype) \(state.shape), expected \(value.shape)")
        }
        return AdamUpdate(
            parameter: value.buffer, gradient: gradient.buffer, firstMoment: first.buffer, secondMoment: second.buffer,
            newParameter: value.makeBuffer(value.shape), newFirstMoment: value.makeBuffer(value.shape),
            newSecondMoment: value.makeBuffer(value.shape))
    }

    private func constants(_ numbers: AdamNumbers, _ scale: ScalarOperand, _ decays: Bool) -> AdamStep {
        var (coupled, decoupled) = (Float(0), Float(0))
        switch decay {
        case .coupled(let rate) where decays: coupled = rate
        case .decoupled(let rate) where decays: decoupled = rate
        default: break
        }
        return AdamStep(
            learningRate: numbers.learningRate, beta1: betas.0, beta2: betas.1, epsilon: epsilon,
            decoupledDecay: decoupled, coupledDecay: coupled, biasCorrection1: numbers.biasCorrection1,
            biasCorrection2: numbers.biasCorrection2, gradientScale: scale)
    }

    /// `base` to a whole power by squaring, in double precision: no library function whose bits differ by platform.
    private static func power(_ base: Float, _ exponent: Int) -> Float {
        var (result, factor, rest) = (1.0, Double(base), exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return Float(result)
    }

    public func stateDict() -> StateDict {
        var state = StateDict()
        for (path, (first, second)) in moments {
            state[path + ".exp_avg"] = first
            state[path + ".exp_avg_sq"] = second
            state[path + ".step"] = Tensor([Int64(steps[path, default: 0])], shape: [1])
        }
        return state
    }

    public mutating func load(_ state: StateDict) throws(CheckpointError) {
        var moments: [String: (Tensor, Tensor)] = [:]
        var steps: [String: Int] = [:]
        for name in state.names where name.hasSuffix(".exp_avg") {
            let path = String(name.dropLast(".exp_avg".count))
            guard let first = state[name], let second = state[path + ".exp_avg_sq"], first.shape == second.shape else {
                throw .malformed(file: state.source, key: path, reason: "the optimizer state lacks a moment")
            }
            try state.check(floating: [name, path + ".exp_avg_sq"])
            let count = try state.count(path + ".step", atLeast: 1)
            moments[path] = (first.converted(to: .float32), second.converted(to: .float32))
            steps[path] = count
        }
        self.moments = moments
        self.steps = steps
    }
}

/// What parameters that take the same step have in common.
private struct AdamGroup: Hashable {
    var device: Device
    var count: Int
    var decays: Bool
}

/// Parameters of a group that a backend steps in one go.
private struct AdamBatch {
    private(set) var parameters: [Parameter] = []
    private(set) var updates: [AdamUpdate] = []
    private var elements = 0

    mutating func add(_ parameter: Parameter, _ update: AdamUpdate) {
        parameters.append(parameter)
        updates.append(update)
        elements += update.parameter.count
    }

    /// Enough elements to fill a device, and few enough that old and new values of a large model are never there together.
    var isFull: Bool { elements >= 1 << 22 }
}
