public import TensorCore

extension DeferredBackend {
    public func fill(_ out: TensorBuffer, with value: Double) {
        let out = remote(out)
        submit { [inner] in inner.fill($0[out], with: value) }
    }

    public func convert(_ x: TensorBuffer, into out: TensorBuffer) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.convert($0[x], into: $0[out]) }
    }

    public func unary(_ op: UnaryOperation, _ x: TensorBuffer, alpha: Float, beta: Float, into out: TensorBuffer) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.unary(op, $0[x], alpha: alpha, beta: beta, into: $0[out]) }
    }

    public func unaryGradient(
        _ op: UnaryOperation, _ x: TensorBuffer, gradient: TensorBuffer, alpha: Float, beta: Float, into out: TensorBuffer
    ) {
        let (x, gradient, out) = (remote(x), remote(gradient), remote(out))
        submit { [inner] in inner.unaryGradient(op, $0[x], gradient: $0[gradient], alpha: alpha, beta: beta, into: $0[out]) }
    }

    public func binary(_ op: BinaryOperation, _ a: TensorBuffer, _ b: TensorBuffer, into out: TensorBuffer) {
        let (a, b, out) = (remote(a), remote(b), remote(out))
        submit { [inner] in inner.binary(op, $0[a], $0[b], into: $0[out]) }
    }

    public func select(_ condition: TensorBuffer, _ a: TensorBuffer, _ b: TensorBuffer, into out: TensorBuffer) {
        let (condition, a, b, out) = (remote(condition), remote(a), remote(b), remote(out))
        submit { [inner] in inner.select($0[condition], $0[a], $0[b], into: $0[out]) }
    }

    public func weightedSum(_ a: TensorBuffer, _ scaleA: Float, _ b: TensorBuffer, _ scaleB: Float, into out: TensorBuffer) {
        let (a, b, out) = (remote(a), remote(b), remote(out))
        submit { [inner] in inner.weightedSum($0[a], scaleA, $0[b], scaleB, into: $0[out]) }
    }

    public func modulate(_ x: TensorBuffer, scale: TensorBuffer, shift: TensorBuffer, addingOne: Bool, into out: TensorBuffer) {
        let (x, scale, shift, out) = (remote(x), remote(scale), remote(shift), remote(out))
        submit { [inner] in inner.modulate($0[x], scale: $0[scale], shift: $0[shift], addingOne: addingOne, into: $0[out]) }
    }

    public func reduce(_ op: ReduceOperation, _ x: TensorBuffer, axes: [Int], into out: TensorBuffer) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.reduce(op, $0[x], axes: axes, into: $0[out]) }
    }

    public func argReduce(maximum: Bool, _ x: TensorBuffer, axis: Int, into out: TensorBuffer) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.argReduce(maximum: maximum, $0[x], axis: axis, into: $0[out]) }
    }

    public func cumulativeSum(_ x: TensorBuffer, axis: Int, reversed: Bool, into out: TensorBuffer) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.cumulativeSum($0[x], axis: axis, reversed: reversed, into: $0[out]) }
    }

    public func topK(_ x: TensorBuffer, values: TensorBuffer, indices: TensorBuffer) {
        let (x, values, indices) = (remote(x), remote(values), remote(indices))
        submit { [inner] in inner.topK($0[x], values: $0[values], indices: $0[indices]) }
    }
}
