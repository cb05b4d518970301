/// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) in PyTorch's formulation; all states float32.
public struct Adam: Optimizer {
    /// How weight decay enters.
    public enum Decay: Sendable, Hashable {
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

    public mutating func step(_ parameters: [Parameter], gradients: Gradients, gradientScale: Float) {
        withoutGradients {
            for parameter in parameters where parameter.isTrainable {
                guard let gradient = gradients[parameter] else { continue }
                update(parameter, gradient.converted(to: .float32), gradientScale)
            }
        }
    }

    private mutating func update(_ parameter: Parameter, _ gradient: Tensor, _ scale: Float) {
        let value = parameter.value
        let (first, second) = moments[parameter.path] ?? (value.zerosLike(), value.zerosLike())
        for (state, name) in [(first, "exp_avg"), (second, "exp_avg_sq")] {
            require(
                state.shape == value.shape && state.backend === value.backend, "Adam.step",
                "\(name) of \(parameter.path) is \(state.dtype) \(state.shape) on \(state.backend.name), expected "
                    + "\(value.shape) on \(value.backend.name)")
        }
        let count = steps[parameter.path, default: 0] + 1
        let out = (value.makeBuffer(value.shape), value.makeBuffer(value.shape), value.makeBuffer(value.shape))
        value.backend.adam(
            value.buffer, gradient: gradient.buffer, firstMoment: first.buffer, secondMoment: second.buffer,
            constants(count, scale, decays: decaysVectors || value.rank > 1), into: out.0, out.1, out.2)
        parameter.value = Tensor(buffer: out.0)
        moments[parameter.path] = (Tensor(buffer: out.1), Tensor(buffer: out.2))
        steps[parameter.path] = count
    }

    private func constants(_ count: Int, _ scale: Float, decays: Bool) -> AdamStep {
        var (coupled, decoupled) = (Float(0), Float(0))
        switch decay {
        case .coupled(let rate) where decays: coupled = rate
        case .decoupled(let rate) where decays: decoupled = rate
        default: break
        }
        return AdamStep(
            learningRate: learningRate, beta1: betas.0, beta2: betas.1, epsilon: epsilon, decoupledDecay: decoupled,
            coupledDecay: coupled, biasCorrection1: 1 - Self.power(betas.0, count),
            biasCorrection2: 1 - Self.power(betas.1, count),
            gradientScale: scale)
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
            guard let first = state[name], let second = state[path + ".exp_avg_sq"], let count = state[path + ".step"],
                count.count == 1, count.integers[0] > 0, first.shape == second.shape
            else {
                throw .malformed(file: state.source, key: path, reason: "the optimizer state lacks a moment or the step count")
            }
            moments[path] = (first.converted(to: .float32), second.converted(to: .float32))
            steps[path] = Int(count.integers[0])
        }
        self.moments = moments
        self.steps = steps
    }
}
