// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func adam(
        _ parameter: TensorBuffer, gradient: TensorBuffer, firstMoment: TensorBuffer, secondMoment: TensorBuffer,
        _ step: AdamStep, into newParameter: TensorBuffer, _ newFirstMoment: TensorBuffer,
        _ newSecondMoment: TensorBuffer
    ) {
        var values = parameter.loadDoubles()
        let gradients = gradient.loadDoubles()
        var first = firstMoment.loadDoubles()
        var second = secondMoment.loadDoubles()
        let (beta1, beta2) = (Double(step.beta1), Double(step.beta2))
        let rate = Double(step.learningRate)
        for index in values.indices {
            var slope = gradients[index] * Double(step.gradientScale)
            slope += Double(step.coupledDecay) * values[index]
            values[index] *= 1 - rate * Double(step.decoupledDecay)
            first[index] = beta1 * first[index] + (1 - beta1) * slope
            second[index] = beta2 * second[index] + (1 - beta2) * slope * slope
            let deviation = (second[index] / Double(step.biasCorrection2)).squareRoot() + Double(step.epsilon)
            values[index] -= rate * (first[index] / Double(step.biasCorrection1)) / deviation
        }
        newParameter.store(values)
        newFirstMoment.store(first)
        newSecondMoment.store(second)
    }
}
