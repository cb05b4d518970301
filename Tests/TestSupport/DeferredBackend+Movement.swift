public import TensorCore

extension DeferredBackend {
    public func stridedRead(_ x: TensorBuffer, _ layout: StridedLayout, into out: TensorBuffer) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.stridedRead($0[x], layout, into: $0[out]) }
    }

    public func stridedWrite(_ x: TensorBuffer, into out: TensorBuffer, _ layout: StridedLayout, accumulating: Bool) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.stridedWrite($0[x], into: $0[out], layout, accumulating: accumulating) }
    }

    public func gather(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let (x, indices, out) = (remote(x), remote(indices), remote(out))
        submit { [inner] in inner.gather($0[x], axis: axis, indices: $0[indices], into: $0[out]) }
    }

    public func scatterAdd(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let (x, indices, out) = (remote(x), remote(indices), remote(out))
        submit { [inner] in inner.scatterAdd($0[x], axis: axis, indices: $0[indices], into: $0[out]) }
    }

    public func gatherElements(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let (x, indices, out) = (remote(x), remote(indices), remote(out))
        submit { [inner] in inner.gatherElements($0[x], axis: axis, indices: $0[indices], into: $0[out]) }
    }

    public func scatterAddElements(_ x: TensorBuffer, axis: Int, indices: TensorBuffer, into out: TensorBuffer) {
        let (x, indices, out) = (remote(x), remote(indices), remote(out))
        submit { [inner] in inner.scatterAddElements($0[x], axis: axis, indices: $0[indices], into: $0[out]) }
    }

    public func resample(_ x: TensorBuffer, rows: Resampling, columns: Resampling, into out: TensorBuffer) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.resample($0[x], rows: rows, columns: columns, into: $0[out]) }
    }

    public func pool2d(
        _ kind: PoolingKind, _ x: TensorBuffer, _ options: PoolingOptions, into out: TensorBuffer, indices: TensorBuffer?
    ) {
        let (x, out, indices) = (remote(x), remote(out), indices.map { remote($0) })
        submit { [inner] in inner.pool2d(kind, $0[x], options, into: $0[out], indices: $0[indices]) }
    }

    public func pool2dGradient(
        _ kind: PoolingKind, _ gradient: TensorBuffer, _ options: PoolingOptions, indices: TensorBuffer?, into out: TensorBuffer
    ) {
        let (gradient, indices, out) = (remote(gradient), indices.map { remote($0) }, remote(out))
        submit { [inner] in inner.pool2dGradient(kind, $0[gradient], options, indices: $0[indices], into: $0[out]) }
    }
}
