/// What changes from one Adam step to the next, beside the gradients.
public struct AdamNumbers: Sendable {
    /// The step size.
    public var learningRate: ScalarOperand
    /// `1 - beta1^t`.
    public var biasCorrection1: ScalarOperand
    /// `1 - beta2^t`.
    public var biasCorrection2: ScalarOperand

    /// Names the numbers.
    public init(learningRate: ScalarOperand, biasCorrection1: ScalarOperand, biasCorrection2: ScalarOperand) {
        self.learningRate = learningRate
        self.biasCorrection1 = biasCorrection1
        self.biasCorrection2 = biasCorrection2
    }

    /// The numbers in the memory of `other`'s device.
    public func inMemory(beside other: Tensor) -> AdamNumbers {
        AdamNumbers(
            learningRate: ScalarOperand(learningRate.tensor(beside: other)),
            biasCorrection1: ScalarOperand(biasCorrection1.tensor(beside: other)),
            biasCorrection2: ScalarOperand(biasCorrection2.tensor(beside: other)))
    }
}
