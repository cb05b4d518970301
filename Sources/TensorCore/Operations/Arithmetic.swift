extension Tensor {
    /// The element-wise sum, operands broadcast.
    public static func + (lhs: Tensor, rhs: Tensor) -> Tensor {
        let (a, b, out) = elementwise(.add, lhs, rhs)
        guard records(a, b) else { return Tensor(buffer: out) }
        let (shapeA, shapeB) = (a.shape, b.shape)
        return .recorded(out, [a, b]) { [$0.summed(to: shapeA), $0.summed(to: shapeB)] }
    }

    /// The element-wise difference, operands broadcast.
    public static func - (lhs: Tensor, rhs: Tensor) -> Tensor {
        let (a, b, out) = elementwise(.subtract, lhs, rhs)
        guard records(a, b) else { return Tensor(buffer: out) }
        let (shapeA, shapeB) = (a.shape, b.shape)
        let needsB = b.requiresGradient
        return .recorded(out, [a, b]) { g in
            [g.summed(to: shapeA), needsB ? (-g).summed(to: shapeB) : nil]
        }
    }

    /// The element-wise product, operands broadcast.
    public static func * (lhs: Tensor, rhs: Tensor) -> Tensor {
        let (a, b, out) = elementwise(.multiply, lhs, rhs)
        guard records(a, b) else { return Tensor(buffer: out) }
        let (x, y) = (a.detached(), b.detached())
        let (needsA, needsB) = (a.requiresGradient, b.requiresGradient)
        return .recorded(out, [a, b]) { g in
            [needsA ? (g * y).summed(to: x.shape) : nil, needsB ? (g * x).summed(to: y.shape) : nil]
        }
    }

    /// The element-wise quotient, operands broadcast.
    public static func / (lhs: Tensor, rhs: Tensor) -> Tensor {
        let (a, b, out) = elementwise(.divide, lhs, rhs)
        guard records(a, b) else { return Tensor(buffer: out) }
        let (shapeA, y, quotient) = (a.shape, b.detached(), Tensor(buffer: out))
        let needsB = b.requiresGradient
        return .recorded(out, [a, b]) { g in
            let scaled = g / y
            return [scaled.summed(to: shapeA), needsB ? (-(scaled * quotient)).summed(to: y.shape) : nil]
        }
    }

    /// The element-wise power, operands broadcast; the base must be positive where the exponent takes a gradient.
    public func power(_ exponent: Tensor) -> Tensor {
        let (a, b, out) = Tensor.elementwise(.power, self, exponent)
        guard Tensor.records(a, b) else { return Tensor(buffer: out) }
        let (x, y, result) = (a.detached(), b.detached(), Tensor(buffer: out))
        let (needsA, needsB) = (a.requiresGradient, b.requiresGradient)
        return .recorded(out, [a, b]) { g in
            // Terms of both signs add up over broadcast axes: in bfloat16 they would lose what remains.
            let (g, base) = (g.converted(to: .float32), x.converted(to: .float32))
            let inBase = needsA ? (g * (y * base.power(y - 1))).summed(to: x.shape).converted(to: x.dtype) : nil
            let inExponent = needsB ? (g * (result * base.log())).summed(to: y.shape).converted(to: y.dtype) : nil
            return [inBase, inExponent]
        }
    }

    /// The larger of two elements, operands broadcast. Where they are equal each takes half of the gradient (PyTorch).
    public static func maximum(_ lhs: Tensor, _ rhs: Tensor) -> Tensor { extremum(.maximum, lhs, rhs) }

    /// The smaller of two elements, operands broadcast. Where they are equal each takes half of the gradient (PyTorch).
    public static func minimum(_ lhs: Tensor, _ rhs: Tensor) -> Tensor { extremum(.minimum, lhs, rhs) }

    /// The element-wise negative.
    public static prefix func - (x: Tensor) -> Tensor { x.mapped(.negate) }

    // Numbers are Float, not any number: of an integer type `1 / 255` would be 0 before it met the tensor.
    public static func + (lhs: Tensor, rhs: Float) -> Tensor { lhs.affine(scale: 1, shift: rhs) }
    public static func + (lhs: Float, rhs: Tensor) -> Tensor { rhs.affine(scale: 1, shift: lhs) }
    public static func - (lhs: Tensor, rhs: Float) -> Tensor { lhs.affine(scale: 1, shift: -rhs) }
    public static func - (lhs: Float, rhs: Tensor) -> Tensor { rhs.affine(scale: -1, shift: lhs) }
    public static func * (lhs: Tensor, rhs: Float) -> Tensor { lhs.affine(scale: rhs, shift: 0) }
    public static func * (lhs: Float, rhs: Tensor) -> Tensor { rhs.affine(scale: lhs, shift: 0) }
    public static func / (lhs: Tensor, rhs: Float) -> Tensor { lhs.affine(scale: 1 / rhs, shift: 0) }
    public static func / (lhs: Float, rhs: Tensor) -> Tensor {
        rhs.mapped(.reciprocal).affine(scale: lhs, shift: 0)
    }

    /// `scale * self + shift` in one pass. Integer tensors become float32.
    public func affine(scale: Float, shift: Float) -> Tensor {
        let x = Operands("affine", self).floating(self, "x")
        let out = x.makeBuffer(shape)
        backend.unary(.affine, x.buffer, alpha: scale, beta: shift, into: out)
        guard Tensor.records(x) else { return Tensor(buffer: out) }
        return .recorded(out, x) { $0.affine(scale: scale, shift: 0) }
    }

    /// `scale * self + otherScale * other` in one pass; both of one shape. Integer tensors become float32.
    public func scaled(by scale: Float = 1, adding other: Tensor, scaledBy otherScale: Float = 1) -> Tensor {
        let operands = Operands("scaled", self)
        _ = operands.moved(other, "adding", where: shape == other.shape, "the shape of x")
        let type = Tensor.promoted(dtype, other.dtype).computed
        let (a, b) = (converted(to: type), other.converted(to: type))
        let out = a.makeBuffer(shape)
        backend.weightedSum(a.buffer, scale, b.buffer, otherScale, into: out)
        guard Tensor.records(a, b) else { return Tensor(buffer: out) }
        return .recorded(out, [a, b]) { [$0 * scale, $0 * otherScale] }
    }

    private static func extremum(_ op: BinaryOperation, _ lhs: Tensor, _ rhs: Tensor) -> Tensor {
        let (a, b, out) = elementwise(op, lhs, rhs)
        guard records(a, b) else { return Tensor(buffer: out) }
        let (x, y) = (a.detached(), b.detached())
        return .recorded(out, [a, b]) { g in
            let winner = op == .maximum ? x .> y : x .< y
            let share = Tensor.select(winner, then: g, else: g.zerosLike())
            let inX = Tensor.select(x .== y, then: g * 0.5, else: share)
            return [inX.summed(to: x.shape), (g - inX).summed(to: y.shape)]
        }
    }

    /// Promotes, broadcasts and runs one kernel; returns the promoted operands for the derivative. Arithmetic on bytes and
    /// booleans is done in int32, where it does not overflow; that on int32 and int64 wraps, and a quotient by zero is zero.
    static func elementwise(
        _ op: BinaryOperation, _ lhs: Tensor, _ rhs: Tensor
    ) -> (Tensor, Tensor, TensorBuffer) {
        let operands = Operands(op.label, lhs, "left")
        _ = operands.moved(rhs, "right")
        let promoted = promoted(lhs.dtype, rhs.dtype)
        let common = promoted.isFloatingPoint ? promoted.computed : promoted
        let isByte = common == .uint8 || common == .bool
        let dtype = isByte && !op.isPredicate ? DType.int32 : common
        let (a, b) = (lhs.converted(to: dtype), rhs.converted(to: dtype))
        guard let shape = Shape.broadcast(a.shape, b.shape) else {
            operands.reject(rhs, "right", "a shape that broadcasts with that of left")
        }
        let out = a.makeBuffer(shape, op.isPredicate ? .bool : dtype)
        a.backend.binary(op, a.buffer, b.buffer, into: out)
        return (a, b, out)
    }
}

extension BinaryOperation {
    /// The name in messages.
    var label: StaticString {
        switch self {
        case .add: "add"
        case .subtract: "subtract"
        case .multiply: "multiply"
        case .divide: "divide"
        case .minimum: "minimum"
        case .maximum: "maximum"
        case .power: "power"
        case .equal: "equal"
        case .notEqual: "notEqual"
        case .less: "less"
        case .lessOrEqual: "lessOrEqual"
        case .greater: "greater"
        case .greaterOrEqual: "greaterOrEqual"
        case .logicalAnd: "and"
        case .logicalOr: "or"
        }
    }
}
