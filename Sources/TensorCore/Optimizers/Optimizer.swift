/// Changes parameters along their gradients.
public protocol Optimizer: Sendable {
    /// The step size of the next step; schedules set it.
    var learningRate: Float { get set }

    /// One step for every parameter that has a gradient.
    ///
    /// - Parameters:
    ///   - parameters: what may change; those that are frozen or have no gradient stay.
    ///   - gradients: of the loss.
    ///   - gradientScale: multiplies every gradient first (clipping); it may live in the device's memory.
    mutating func step(_ parameters: [Parameter], gradients: Gradients, gradientScale: ScalarOperand)

    /// Moments and step count by parameter path, for exact resume.
    func stateDict() -> StateDict

    /// Restores ``stateDict()``.
    mutating func load(_ state: StateDict) throws(CheckpointError)
}

extension ScalarOperand {
    /// The factor that limits gradients of joint norm `norm` to `maximumNorm`; it stays where the norm is.
    static func clipping(_ norm: Tensor, to maximumNorm: Float) -> ScalarOperand {
        let limit = Tensor([maximumNorm], shape: [], beside: norm)
        return ScalarOperand((limit / (norm + 1e-6)).clamped(to: 0...1))
    }
}

extension Optimizer {
    /// One step; see ``step(_:gradients:gradientScale:)``.
    public mutating func step(_ parameters: [Parameter], gradients: Gradients) {
        step(parameters, gradients: gradients, gradientScale: 1)
    }

    /// One step with the gradients' joint norm limited to `maximumNorm` (PyTorch's `clip_grad_norm_`).
    ///
    /// - Returns: the norm before clipping, a float32 scalar that nobody waited for.
    @discardableResult
    public mutating func step(_ parameters: [Parameter], gradients: Gradients, clippingTo maximumNorm: Float) -> Tensor {
        let norm = gradients.globalNorm
        step(parameters, gradients: gradients, gradientScale: .clipping(norm, to: maximumNorm))
        return norm
    }

    /// Restores ``stateDict()`` after comparing it with the parameters that it is for: moments of another shape, or of a
    /// parameter that is not there, would fail at the next step.
    ///
    /// - Throws: ``CheckpointError/doesNotFit(file:report:)`` with every such name.
    public mutating func load(_ state: StateDict, for parameters: [Parameter]) throws(CheckpointError) {
        var report = LoadReport()
        let shapes = Dictionary(parameters.map { ($0.path, $0.shape) }) { first, _ in first }
        for name in state.names {
            let path = name.split(separator: ".", omittingEmptySubsequences: false).dropLast().joined(separator: ".")
            guard let tensor = state[name], let shape = shapes[path] else {
                report.unexpected.append(name)
                continue
            }
            if name.hasSuffix(".step") || tensor.shape == shape {
                report.matched.append(name)
            } else {
                report.mismatched.append(.init(name: name, found: tensor.shape, expected: shape))
            }
        }
        guard report.unexpected.isEmpty, report.mismatched.isEmpty else {
            throw .doesNotFit(file: state.source, report: report)
        }
        try load(state)
    }
}
