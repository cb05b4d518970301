#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func softmax(_ x: TensorBuffer, logarithmic: Bool, into out: TensorBuffer) {
        let (rows, n, _) = x.shape.split(at: x.shape.rank - 1)
        fss_softmax(x.dtype.code, x.address, rows, n, logarithmic ? 1 : 0, out.address)
    }

    public func softmaxGradient(_ y: TensorBuffer, gradient: TensorBuffer, logarithmic: Bool, into out: TensorBuffer) {
        let (rows, n, _) = y.shape.split(at: y.shape.rank - 1)
        fss_softmax_gradient(y.dtype.code, y.address, gradient.address, rows, n, logarithmic ? 1 : 0, out.address)
    }

    public func groupNorm(
        _ x: TensorBuffer, groups: Int, scale: TensorBuffer?, shift: TensorBuffer?, epsilon: Float,
        activation: FusedActivation, into out: TensorBuffer, mean: TensorBuffer, reciprocalDeviation: TensorBuffer
    ) {
        fss_group_norm(
            x.dtype.code, x.address, x.shape[0], x.shape[1], x.shape[2], groups, scale?.floats, shift?.floats, epsilon,
            activation.code, out.address, mean.floats, reciprocalDeviation.floats)
    }

    public func groupNormGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, groups: Int, scale: TensorBuffer?, mean: TensorBuffer,
        reciprocalDeviation: TensorBuffer, into out: TensorBuffer, scaleGradient: TensorBuffer?,
        shiftGradient: TensorBuffer?
    ) {
        fss_group_norm_gradient(
            x.dtype.code, x.address, gradient.address, x.shape[0], x.shape[1], x.shape[2], groups, scale?.floats,
            mean.floats, reciprocalDeviation.floats, out.address, scaleGradient?.floats, shiftGradient?.floats)
    }

    public func rmsNorm(
        _ x: TensorBuffer, scale: TensorBuffer?, epsilon: Float, into out: TensorBuffer, reciprocalDeviation: TensorBuffer
    ) {
        fss_rms_norm(
            x.dtype.code, x.address, x.shape[0], x.shape[1], scale?.floats, epsilon, out.address,
            reciprocalDeviation.floats)
    }

    public func rmsNormGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, scale: TensorBuffer?, reciprocalDeviation: TensorBuffer,
        into out: TensorBuffer, scaleGradient: TensorBuffer?
    ) {
        fss_rms_norm_gradient(
            x.dtype.code, x.address, gradient.address, x.shape[0], x.shape[1], scale?.floats,
            reciprocalDeviation.floats, out.address, scaleGradient?.floats)
    }

    public func modulateSpatially(
        _ x: TensorBuffer, style: TensorBuffer, signal: TensorBuffer, weight: TensorBuffer, base: TensorBuffer,
        addingOne: Bool, epsilon: Float, into out: TensorBuffer
    ) {
        var parameters = fss_spatial_modulation()
        parameters.batch = x.shape[0]
        parameters.height = x.shape[1]
        parameters.width = x.shape[2]
        parameters.channels = x.shape[3]
        parameters.x = UnsafeRawPointer(x.address)
        parameters.signal = UnsafeRawPointer(signal.address)
        parameters.style = UnsafePointer(style.floats)
        parameters.weight = UnsafePointer(weight.floats)
        if base.shape.rank == 1 {
            parameters.bias = UnsafePointer(base.floats)
        } else {
            parameters.maps = UnsafeRawPointer(base.address)
            parameters.shares_maps = base.shape[0] == 1 ? 1 : 0
        }
        parameters.epsilon = epsilon
        parameters.add_one = addingOne ? 1 : 0
        fss_modulate_spatially(&parameters, x.dtype.code, out.address)
    }
}
#endif
