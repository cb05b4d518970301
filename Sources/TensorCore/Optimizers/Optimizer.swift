/// Changes parameters along their gradients.
public protocol Optimizer: Sendable {
    /// The step size of the next step; schedules set it.
    var learningRate: Float { get set }

    /// One step for every parameter that has a gradient.
    ///
    /// - Parameter gradientScale: multiplies every gradient first (clipping).
    mutating func step(_ parameters: [Parameter], gradients: Gradients, gradientScale: Float)

    /// Moments and step count by parameter path, for exact resume.
    func stateDict() -> StateDict

    /// Restores ``stateDict()``.
    mutating func load(_ state: StateDict) throws(CheckpointError)
}

extension Optimizer {
    /// One step; see ``step(_:gradients:gradientScale:)``.
    public mutating func step(_ parameters: [Parameter], gradients: Gradients) {
        step(parameters, gradients: gradients, gradientScale: 1)
    }

    /// One step with the gradients' joint norm limited to `maximumNorm` (PyTorch's `clip_grad_norm_`).
    ///
    /// - Returns: the norm before clipping.
    @discardableResult
    public mutating func step(_ parameters: [Parameter], gradients: Gradients, clippingTo maximumNorm: Float) -> Float {
        let norm = gradients.globalNorm
        step(parameters, gradients: gradients, gradientScale: min(1, maximumNorm / (norm + 1e-6)))
        return norm
    }
}
