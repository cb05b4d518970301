infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

/// Element-wise comparisons: boolean results, operands broadcast, no derivative.
extension Tensor {
    public static func .== (lhs: Tensor, rhs: Tensor) -> Tensor { compared(.equal, lhs, rhs) }
    public static func .!= (lhs: Tensor, rhs: Tensor) -> Tensor { compared(.notEqual, lhs, rhs) }
    public static func .< (lhs: Tensor, rhs: Tensor) -> Tensor { compared(.less, lhs, rhs) }
    public static func .<= (lhs: Tensor, rhs: Tensor) -> Tensor { compared(.lessOrEqual, lhs, rhs) }
    public static func .> (lhs: Tensor, rhs: Tensor) -> Tensor { compared(.greater, lhs, rhs) }
    public static func .>= (lhs: Tensor, rhs: Tensor) -> Tensor { compared(.greaterOrEqual, lhs, rhs) }

    public static func .== (lhs: Tensor, rhs: Float) -> Tensor { compared(.equal, lhs, lhs.constant(rhs)) }
    public static func .< (lhs: Tensor, rhs: Float) -> Tensor { compared(.less, lhs, lhs.constant(rhs)) }
    public static func .<= (lhs: Tensor, rhs: Float) -> Tensor { compared(.lessOrEqual, lhs, lhs.constant(rhs)) }
    public static func .> (lhs: Tensor, rhs: Float) -> Tensor { compared(.greater, lhs, lhs.constant(rhs)) }
    public static func .>= (lhs: Tensor, rhs: Float) -> Tensor { compared(.greaterOrEqual, lhs, lhs.constant(rhs)) }

    /// Boolean conjunction (anything but zero is true).
    public func and(_ other: Tensor) -> Tensor { Tensor.compared(.logicalAnd, self, other) }

    /// Boolean disjunction (anything but zero is true).
    public func or(_ other: Tensor) -> Tensor { Tensor.compared(.logicalOr, self, other) }

    /// Boolean complement of a bool tensor.
    public func not() -> Tensor {
        _ = Operands("not", self).truth(self, "x")
        let out = makeBuffer(shape)
        backend.unary(.logicalNot, buffer, alpha: 0, beta: 0, into: out)
        return Tensor(buffer: out)
    }

    private static func compared(_ op: BinaryOperation, _ lhs: Tensor, _ rhs: Tensor) -> Tensor {
        Tensor(buffer: elementwise(op, lhs.detached(), rhs.detached()).2)
    }

    /// A scalar operand: of the own type where that holds it exactly, else float32.
    private func constant(_ value: Float) -> Tensor {
        let isExact: Bool =
            switch dtype {
            case .float32, .bfloat16, .float16: true
            case .int32, .int64: value == value.rounded() && abs(value) < 0x1p31
            case .uint8: value == value.rounded() && value >= 0 && value < 256
            case .bool: value == 0 || value == 1
            }
        return filled(with: Double(value), shape: [], dtype: isExact ? dtype : .float32)
    }
}

extension Tensor {
    /// `condition ? a : b` element by element, the three broadcast. Derivative: the gradient goes where the value came from.
    public static func select(_ condition: Tensor, then a: Tensor, else b: Tensor) -> Tensor {
        let operands = Operands("select", a, "then")
        _ = operands.truth(condition, "condition")
        _ = operands.moved(b, "else")
        let dtype = promoted(a.dtype, b.dtype)
        let (a, b) = (a.converted(to: dtype), b.converted(to: dtype))
        guard let values = Shape.broadcast(a.shape, b.shape) else {
            operands.reject(b, "else", "a shape that broadcasts with that of then")
        }
        guard let shape = Shape.broadcast(values, condition.shape) else {
            operands.reject(condition, "condition", "a shape that broadcasts to \(values)")
        }
        let out = a.makeBuffer(shape)
        a.backend.select(condition.buffer, a.buffer, b.buffer, into: out)
        guard records(a, b) else { return Tensor(buffer: out) }
        let (shapeA, shapeB) = (a.shape, b.shape)
        return .recorded(out, [a, b]) { g in
            let zero = g.filled(with: 0, shape: [])
            return [
                select(condition, then: g, else: zero).summed(to: shapeA),
                select(condition, then: zero, else: g).summed(to: shapeB),
            ]
        }
    }

    /// `value` where `mask` is true, the own element elsewhere.
    public func masked(where mask: Tensor, with value: Float) -> Tensor {
        let fits = Shape.broadcast(mask.shape, shape) != nil
        _ = Operands("masked", self).truth(mask, "mask", where: fits, "a shape that broadcasts with that of x")
        return Tensor.select(mask, then: filled(with: Double(value), shape: []), else: self)
    }
}
