/// Losses: scalars, float32 whatever the operands' type.
extension Tensor {
    /// The mean squared difference.
    public func meanSquaredError(target: Tensor) -> Tensor {
        difference(target, "meanSquaredError").squared().mean()
    }

    /// The mean absolute difference.
    public func meanAbsoluteError(target: Tensor) -> Tensor {
        difference(target, "meanAbsoluteError").absoluteValue().mean()
    }

    /// Quadratic below `beta`, linear above (PyTorch's `smooth_l1_loss`).
    public func smoothL1(target: Tensor, beta: Float = 1) -> Tensor {
        let distance = difference(target, "smoothL1").absoluteValue()
        require(beta >= 0, "smoothL1", "beta \(beta) is negative")
        if beta == 0 { return distance.mean() }
        let quadratic = distance.squared() * (0.5 / beta)
        return Tensor.select(distance .< beta, then: quadratic, else: distance - 0.5 * beta).mean()
    }

    private func difference(_ target: Tensor, _ loss: StaticString) -> Tensor {
        let operands = Operands(loss, self, "prediction")
        let y = operands.float32(target, "target", where: target.shape == shape, "the shape of prediction")
        return operands.float32(self, "prediction") - y
    }
}
