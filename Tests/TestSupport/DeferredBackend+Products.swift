public import TensorCore

extension DeferredBackend {
    public func matmul(
        _ a: TensorBuffer, transposed transposeA: Bool, _ b: TensorBuffer, transposed transposeB: Bool, _ epilogue: Epilogue,
        into out: TensorBuffer
    ) {
        let (a, b, bias, residual, activation, out) = (
            remote(a), remote(b), epilogue.bias.map { remote($0) }, epilogue.residual.map { remote($0) }, epilogue.activation,
            remote(out)
        )
        submit { [inner] in
            inner.matmul(
                $0[a], transposed: transposeA, $0[b], transposed: transposeB,
                Epilogue(bias: $0[bias], residual: $0[residual], activation: activation), into: $0[out])
        }
    }

    public func conv2d(
        _ x: TensorBuffer, weight: TensorBuffer, _ options: ConvolutionOptions, _ epilogue: Epilogue, into out: TensorBuffer
    ) {
        let (x, weight, bias, residual, activation, out) = (
            remote(x), remote(weight), epilogue.bias.map { remote($0) }, epilogue.residual.map { remote($0) },
            epilogue.activation, remote(out)
        )
        submit { [inner] in
            inner.conv2d(
                $0[x], weight: $0[weight], options, Epilogue(bias: $0[bias], residual: $0[residual], activation: activation),
                into: $0[out])
        }
    }

    public func conv2dInputGradient(
        _ gradient: TensorBuffer, weight: TensorBuffer, _ options: ConvolutionOptions, bias: TensorBuffer?, into out: TensorBuffer
    ) {
        let (gradient, weight, bias, out) = (remote(gradient), remote(weight), bias.map { remote($0) }, remote(out))
        submit { [inner] in inner.conv2dInputGradient($0[gradient], weight: $0[weight], options, bias: $0[bias], into: $0[out]) }
    }

    public func conv2dWeightGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, _ options: ConvolutionOptions, into weightGradient: TensorBuffer,
        biasGradient: TensorBuffer?
    ) {
        let (x, gradient, weightGradient, biasGradient) = (
            remote(x), remote(gradient), remote(weightGradient), biasGradient.map { remote($0) }
        )
        submit { [inner] in
            inner.conv2dWeightGradient(
                $0[x], gradient: $0[gradient], options, into: $0[weightGradient], biasGradient: $0[biasGradient])
        }
    }
}
