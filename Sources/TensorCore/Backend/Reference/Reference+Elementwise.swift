// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func fill(_ out: TensorBuffer, with value: Double) {
        out.store([Double](repeating: value, count: out.count))
    }

    public func convert(_ x: TensorBuffer, into out: TensorBuffer) {
        if x.dtype.isFloatingPoint {
            out.store(x.loadDoubles())
        } else {
            out.store(x.loadIntegers())
        }
    }

    public func unary(_ op: UnaryOperation, _ x: TensorBuffer, alpha: Float, beta: Float, into out: TensorBuffer) {
        if x.dtype.isFloatingPoint {
            out.store(x.loadDoubles().map { op.value($0, alpha: Double(alpha), beta: Double(beta)) })
        } else {
            out.store(x.loadIntegers().map { integerUnary(op, $0, alpha: alpha, beta: beta) })
        }
    }

    public func unaryGradient(
        _ op: UnaryOperation, _ x: TensorBuffer, gradient: TensorBuffer, alpha: Float, beta: Float,
        into out: TensorBuffer
    ) {
        let operands = zip(x.loadDoubles(), gradient.loadDoubles())
        out.store(
            operands.map { x, gradient in
                let slope = op.derivative(x, alpha: Double(alpha), beta: Double(beta))
                // Where the function is flat nothing flows back, not even an infinite gradient.
                return slope == 0 ? 0 : slope * gradient
            })
    }

    public func binary(_ op: BinaryOperation, _ a: TensorBuffer, _ b: TensorBuffer, into out: TensorBuffer) {
        let places = zip(broadcastOffsets(a.shape, to: out.shape), broadcastOffsets(b.shape, to: out.shape))
        if a.dtype.isFloatingPoint {
            let left = a.loadDoubles()
            let right = b.loadDoubles()
            out.store(places.map { op.value(left[$0], right[$1]) })
        } else {
            let left = a.loadIntegers()
            let right = b.loadIntegers()
            out.store(places.map { op.value(left[$0], right[$1]) })
        }
    }

    public func select(_ condition: TensorBuffer, _ a: TensorBuffer, _ b: TensorBuffer, into out: TensorBuffer) {
        let flags = condition.loadBits()
        let left = a.loadBits()
        let right = b.loadBits()
        let flagPlaces = broadcastOffsets(condition.shape, to: out.shape)
        let leftPlaces = broadcastOffsets(a.shape, to: out.shape)
        let rightPlaces = broadcastOffsets(b.shape, to: out.shape)
        for index in 0..<out.count {
            let isTrue = flags[flagPlaces[index]] != 0
            out.storeBits(isTrue ? left[leftPlaces[index]] : right[rightPlaces[index]], at: index)
        }
    }

    public func weightedSum(
        _ a: TensorBuffer, _ scaleA: Float, _ b: TensorBuffer, _ scaleB: Float, into out: TensorBuffer
    ) {
        let terms = zip(a.loadDoubles(), b.loadDoubles())
        out.store(terms.map { $0 * Double(scaleA) + $1 * Double(scaleB) })
    }

    public func modulate(
        _ x: TensorBuffer, scale: TensorBuffer, shift: TensorBuffer, addingOne: Bool, into out: TensorBuffer
    ) {
        let values = x.loadDoubles()
        let scales = scale.loadDoubles()
        let shifts = shift.loadDoubles()
        let scalePlaces = broadcastOffsets(scale.shape, to: x.shape)
        let shiftPlaces = broadcastOffsets(shift.shape, to: x.shape)
        let one = addingOne ? 1.0 : 0.0
        out.store(
            values.indices.map { index in
                values[index] * (scales[scalePlaces[index]] + one) + shifts[shiftPlaces[index]]
            })
    }

    private func integerUnary(_ op: UnaryOperation, _ x: Int64, alpha: Float, beta: Float) -> Int64 {
        switch op {
        case .negate: 0 &- x
        case .absolute: x < 0 ? 0 &- x : x
        case .sign: x.signum()
        case .square: x &* x
        case .clamp: min(max(x, truncateToInteger(Double(alpha))), truncateToInteger(Double(beta)))
        case .logicalNot: x == 0 ? 1 : 0
        default: preconditionFailure("\(op) is not defined for integers")
        }
    }
}
