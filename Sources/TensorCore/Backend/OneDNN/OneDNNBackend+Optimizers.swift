#if FSS_ONEDNN
internal import CTensorKernels

extension OneDNNBackend {
    public func adam(
        _ parameter: TensorBuffer, gradient: TensorBuffer, firstMoment: TensorBuffer, secondMoment: TensorBuffer,
        _ step: AdamStep, into newParameter: TensorBuffer, _ newFirstMoment: TensorBuffer, _ newSecondMoment: TensorBuffer
    ) {
        var constants = fss_adam_step(
            learning_rate: step.learningRate, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon,
            decoupled_decay: step.decoupledDecay, coupled_decay: step.coupledDecay, bias_correction1: step.biasCorrection1,
            bias_correction2: step.biasCorrection2, gradient_scale: step.gradientScale)
        fss_adam(
            parameter.floats, gradient.floats, firstMoment.floats, secondMoment.floats, &constants, parameter.count,
            newParameter.floats, newFirstMoment.floats, newSecondMoment.floats)
    }
}
#endif
