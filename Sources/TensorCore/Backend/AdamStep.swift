/// A number of an operation: known to the host, or one float32 element in the device's memory, which nobody waits for.
///
/// Work that was recorded once and is replayed reads the second kind again at every replay.
public enum ScalarOperand: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// A number that the host knows.
    case value(Float)
    /// One float32 element in the memory of the operation's device.
    case memory(TensorBuffer)

    public init(floatLiteral value: Float) { self = .value(value) }
    public init(integerLiteral value: Int) { self = .value(Float(value)) }

    /// The only element of a tensor, which is not read.
    ///
    /// - Precondition: the tensor has one element.
    public init(_ tensor: Tensor) {
        require(tensor.count == 1, "ScalarOperand", "expected one element, found shape \(tensor.shape)")
        self = .memory(tensor.detached().converted(to: .float32).buffer)
    }

    /// The number as a float32 tensor of no axes, beside `other` where the host knows it.
    public func tensor(beside other: Tensor) -> Tensor {
        switch self {
        case .value(let value): Tensor([value], shape: [], beside: other)
        case .memory(let buffer): Tensor(buffer: buffer.reshaped([]))
        }
    }

    /// The number, for backends whose memory is the host's, at the time when the operation is done.
    var inHostMemory: Float {
        switch self {
        case .value(let value): value
        case .memory(let buffer): buffer.address.load(as: Float.self)
        }
    }
}

/// The constants of one Adam or AdamW step (PyTorch's formulation). Those that change from step to step may live in memory.
public struct AdamStep: Sendable {
    /// The step size.
    public var learningRate: ScalarOperand
    /// What a step keeps of the first moment.
    public var beta1: Float
    /// What a step keeps of the second moment.
    public var beta2: Float
    /// Is added to the root of the second moment.
    public var epsilon: Float
    /// AdamW's decay: the parameter is first multiplied by `1 - learningRate * decoupledDecay`.
    public var decoupledDecay: Float
    /// Adam's L2 term: `coupledDecay * parameter` is added to the gradient.
    public var coupledDecay: Float
    /// `1 - beta1^t`.
    public var biasCorrection1: ScalarOperand
    /// `1 - beta2^t`.
    public var biasCorrection2: ScalarOperand
    /// Multiplies the gradient first (clipping, batch accumulation).
    public var gradientScale: ScalarOperand

    /// Makes the constants.
    public init(
        learningRate: ScalarOperand, beta1: Float, beta2: Float, epsilon: Float, decoupledDecay: Float, coupledDecay: Float,
        biasCorrection1: ScalarOperand, biasCorrection2: ScalarOperand, gradientScale: ScalarOperand
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decoupledDecay = decoupledDecay
        self.coupledDecay = coupledDecay
        self.biasCorrection1 = biasCorrection1
        self.biasCorrection2 = biasCorrection2
        self.gradientScale = gradientScale
    }
}

/// The tensors of one parameter's Adam step: float32, all of one shape.
public struct AdamUpdate: Sendable {
    /// The value before the step.
    public var parameter: TensorBuffer
    /// The loss' gradient.
    public var gradient: TensorBuffer
    /// The running mean of gradients before the step.
    public var firstMoment: TensorBuffer
    /// The running mean of squared gradients before the step.
    public var secondMoment: TensorBuffer
    /// Receives the value.
    public var newParameter: TensorBuffer
    /// Receives the running mean of gradients.
    public var newFirstMoment: TensorBuffer
    /// Receives the running mean of squared gradients.
    public var newSecondMoment: TensorBuffer

    /// Names the tensors.
    public init(
        parameter: TensorBuffer, gradient: TensorBuffer, firstMoment: TensorBuffer, secondMoment: TensorBuffer,
        newParameter: TensorBuffer, newFirstMoment: TensorBuffer, newSecondMoment: TensorBuffer
    ) {
        self.parameter = parameter
        self.gradient = gradient
        self.firstMoment = firstMoment
        self.secondMoment = secondMoment
        self.newParameter = newParameter
        self.newFirstMoment = newFirstMoment
        self.newSecondMoment = newSecondMoment
    }
}
