public import TensorCore

extension DeferredBackend {
    public func softmax(_ x: TensorBuffer, logarithmic: Bool, into out: TensorBuffer) {
        let (x, out) = (remote(x), remote(out))
        submit { [inner] in inner.softmax($0[x], logarithmic: logarithmic, into: $0[out]) }
    }

    public func softmaxGradient(_ y: TensorBuffer, gradient: TensorBuffer, logarithmic: Bool, into out: TensorBuffer) {
        let (y, gradient, out) = (remote(y), remote(gradient), remote(out))
        submit { [inner] in inner.softmaxGradient($0[y], gradient: $0[gradient], logarithmic: logarithmic, into: $0[out]) }
    }

    public func groupNorm(
        _ x: TensorBuffer, groups: Int, scale: TensorBuffer?, shift: TensorBuffer?, epsilon: Float, activation: FusedActivation,
        into out: TensorBuffer, mean: TensorBuffer, reciprocalDeviation: TensorBuffer
    ) {
        let (x, scale, shift, out, mean, reciprocalDeviation) = (
            remote(x), scale.map { remote($0) }, shift.map { remote($0) }, remote(out), remote(mean), remote(reciprocalDeviation)
        )
        submit { [inner] in
            inner.groupNorm(
                $0[x], groups: groups, scale: $0[scale], shift: $0[shift], epsilon: epsilon, activation: activation,
                into: $0[out], mean: $0[mean], reciprocalDeviation: $0[reciprocalDeviation])
        }
    }

    public func groupNormGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, groups: Int, scale: TensorBuffer?, mean: TensorBuffer,
        reciprocalDeviation: TensorBuffer, into out: TensorBuffer, scaleGradient: TensorBuffer?, shiftGradient: TensorBuffer?
    ) {
        let (x, gradient, scale, mean, reciprocalDeviation, out, scaleGradient, shiftGradient) = (
            remote(x), remote(gradient), scale.map { remote($0) }, remote(mean), remote(reciprocalDeviation), remote(out),
            scaleGradient.map { remote($0) }, shiftGradient.map { remote($0) }
        )
        submit { [inner] in
            inner.groupNormGradient(
                $0[x], gradient: $0[gradient], groups: groups, scale: $0[scale], mean: $0[mean],
                reciprocalDeviation: $0[reciprocalDeviation], into: $0[out], scaleGradient: $0[scaleGradient],
                shiftGradient: $0[shiftGradient])
        }
    }

    public func rmsNorm(
        _ x: TensorBuffer, scale: TensorBuffer?, epsilon: Float, into out: TensorBuffer, reciprocalDeviation: TensorBuffer
    ) {
        let (x, scale, out, reciprocalDeviation) = (remote(x), scale.map { remote($0) }, remote(out), remote(reciprocalDeviation))
        submit { [inner] in
            inner.rmsNorm($0[x], scale: $0[scale], epsilon: epsilon, into: $0[out], reciprocalDeviation: $0[reciprocalDeviation])
        }
    }

    public func rmsNormGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, scale: TensorBuffer?, reciprocalDeviation: TensorBuffer,
        into out: TensorBuffer, scaleGradient: TensorBuffer?
    ) {
        let (x, gradient, scale, reciprocalDeviation, out, scaleGradient) = (
            remote(x), remote(gradient), scale.map { remote($0) }, remote(reciprocalDeviation), remote(out),
            scaleGradient.map { remote($0) }
        )
        submit { [inner] in
            inner.rmsNormGradient(
                $0[x], gradient: $0[gradient], scale: $0[scale], reciprocalDeviation: $0[reciprocalDeviation], into: $0[out],
                scaleGradient: $0[scaleGradient])
        }
    }

    public func modulateSpatially(
        _ x: TensorBuffer, style: TensorBuffer, signal: TensorBuffer, weight: TensorBuffer, base: TensorBuffer, addingOne: Bool,
        epsilon: Float, into out: TensorBuffer
    ) {
        let (x, style, signal, weight, base, out) = (
            remote(x), remote(style), remote(signal), remote(weight), remote(base), remote(out)
        )
        submit { [inner] in
            inner.modulateSpatially(
                $0[x], style: $0[style], signal: $0[signal], weight: $0[weight], base: $0[base], addingOne: addingOne,
                epsilon: epsilon, into: $0[out])
        }
    }
}
