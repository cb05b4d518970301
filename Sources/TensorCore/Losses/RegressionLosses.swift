/// Losses: scalars, float32 whatever the operands' type.
extension Tensor {
    /// The mean squared difference.
    public func meanSquaredError(target: Tensor) -> Tensor { difference(target).squared().mean() }

    /// The mean absolute difference.
    public func meanAbsoluteError(target: Tensor) -> Tensor { difference(target).absoluteValue().mean() }

    /// Quadratic below `beta`, linear above (PyTorch's `smooth_l1_loss`).
    public func smoothL1(target: Tensor, beta: Float = 1) -> Tensor {
        let distance = difference(target).absoluteValue()
        let quadratic = distance.squared() * (0.5 / beta)
        return Tensor.select(distance .< beta, then: quadratic, else: distance - 0.5 * beta).mean()
    }

    private func difference(_ target: Tensor) -> Tensor {
        require(shape == target.shape, "loss", "prediction \(shape) and target \(target.shape) differ")
        return converted(to: .float32) - target.converted(to: .float32)
    }
}
