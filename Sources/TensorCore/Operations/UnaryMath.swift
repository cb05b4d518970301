extension Tensor {
    /// The absolute value; derivative 0 at 0.
    public func absoluteValue() -> Tensor { mapped(.absolute) }
    /// `x * x`.
    public func squared() -> Tensor { mapped(.square) }
    /// The square root.
    public func squareRoot() -> Tensor { mapped(.squareRoot) }
    /// `1 / sqrt(x)`.
    public func reciprocalSquareRoot() -> Tensor { mapped(.reciprocalSquareRoot) }
    /// `1 / x`.
    public func reciprocal() -> Tensor { mapped(.reciprocal) }
    /// `e` to the power `x`.
    public func exp() -> Tensor { mapped(.exponential) }
    /// The natural logarithm.
    public func log() -> Tensor { mapped(.logarithm) }
    /// The sine, radians.
    public func sin() -> Tensor { mapped(.sine) }
    /// The cosine, radians.
    public func cos() -> Tensor { mapped(.cosine) }
    /// -1, 0 or 1; derivative 0.
    public func sign() -> Tensor { mapped(.sign) }
    /// The largest integer not above; derivative 0.
    public func floor() -> Tensor { mapped(.floor) }
    /// The nearest integer, halves to even; derivative 0.
    public func rounded() -> Tensor { mapped(.round) }
    /// The error function.
    public func erf() -> Tensor { mapped(.erf) }
    /// `x` to a constant power.
    public func power(_ exponent: Float) -> Tensor { mapped(.power, alpha: exponent) }

    /// The elements limited to `range`; derivative 1 inside and on the limits, 0 outside (PyTorch).
    public func clamped(to range: ClosedRange<Float>) -> Tensor {
        mapped(.clamp, alpha: range.lowerBound, beta: range.upperBound)
    }

    /// One element-wise kernel and its derivative kernel.
    func mapped(_ op: UnaryOperation, alpha: Float = 0, beta: Float = 0) -> Tensor {
        let takesIntegers = [.negate, .absolute, .sign, .square, .clamp].contains(op)
        let keepsIntegers = takesIntegers && (dtype == .int32 || dtype == .int64)
        let x = dtype.isComputedIn || keepsIntegers ? self : converted(to: .float32)
        let out = x.makeBuffer(shape)
        backend.unary(op, x.buffer, alpha: alpha, beta: beta, into: out)
        guard Tensor.records(x) else { return Tensor(buffer: out) }
        let operand = x.buffer
        return .recorded(out, x) { g in
            let gradient = g.converted(to: operand.dtype)
            let result = gradient.makeBuffer(operand.shape)
            gradient.backend.unaryGradient(
                op, operand, gradient: gradient.buffer, alpha: alpha, beta: beta, into: result)
            return Tensor(buffer: result)
        }
    }
}
