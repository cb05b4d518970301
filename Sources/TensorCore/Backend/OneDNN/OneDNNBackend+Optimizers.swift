#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func adam(_ update: AdamUpdate, _ step: AdamStep) {
        var constants = fss_adam_step(
            learning_rate: step.learningRate.inHostMemory, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon,
            decoupled_decay: step.decoupledDecay, coupled_decay: step.coupledDecay,
            bias_correction1: step.biasCorrection1.inHostMemory, bias_correction2: step.biasCorrection2.inHostMemory,
            gradient_scale: step.gradientScale.inHostMemory)
        fss_adam(
            update.parameter.floats, update.gradient.floats, update.firstMoment.floats, update.secondMoment.floats,
            &constants, update.parameter.count, update.newParameter.floats, update.newFirstMoment.floats,
            update.newSecondMoment.floats)
    }

    public func globalNorm(_ tensors: [TensorBuffer], into out: TensorBuffer) {
        var total = 0.0
        let sum = temporary([], .float32)
        for x in tensors {
            let squares = temporary(x.shape, .float32)
            unary(.square, x, alpha: 0, beta: 0, into: squares)
            reduce(.sum, squares, axes: Array(0..<x.shape.rank), into: sum)
            total += Double(sum.floats.pointee)
        }
        out.floats.pointee = Float(total.squareRoot())
    }
}
#endif
