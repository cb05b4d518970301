// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func adam(_ update: AdamUpdate, _ step: AdamStep) {
        var values = update.parameter.loadDoubles()
        let gradients = update.gradient.loadDoubles()
        var first = update.firstMoment.loadDoubles()
        var second = update.secondMoment.loadDoubles()
        let (beta1, beta2) = (Double(step.beta1), Double(step.beta2))
        let rate = Double(step.learningRate.inHostMemory)
        let (correction1, correction2) = (step.biasCorrection1.inHostMemory, step.biasCorrection2.inHostMemory)
        let scale = Double(step.gradientScale.inHostMemory)
        for index in values.indices {
            var slope = gradients[index] * scale
            slope += Double(step.coupledDecay) * values[index]
            values[index] *= 1 - rate * Double(step.decoupledDecay)
            first[index] = beta1 * first[index] + (1 - beta1) * slope
            second[index] = beta2 * second[index] + (1 - beta2) * slope * slope
            let deviation = (second[index] / Double(correction2)).squareRoot() + Double(step.epsilon)
            values[index] -= rate * (first[index] / Double(correction1)) / deviation
        }
        update.newParameter.store(values)
        update.newFirstMoment.store(first)
        update.newSecondMoment.store(second)
    }
}
