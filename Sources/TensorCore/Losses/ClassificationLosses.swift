extension Tensor {
    /// Binary cross-entropy of logits against targets in [0, 1], the mean over all elements, optionally weighted.
    public func binaryCrossEntropy(target: Tensor, weight: Tensor? = nil) -> Tensor {
        require(shape == target.shape, "binaryCrossEntropy", "logits \(shape) and target \(target.shape) differ")
        let logits = converted(to: .float32)
        let loss = logits.softplus() - logits * target.converted(to: .float32)
        guard let weight else { return loss.mean() }
        return (loss * weight).mean()
    }

    /// Cross-entropy of logits `[..., C]` against int class indices `[...]`.
    ///
    /// - Parameters:
    ///   - target: int32 or int64 class indices.
    ///   - ignoreIndex: targets of this value do not count (255 in segmentation).
    ///   - labelSmoothing: the share of the target spread over all classes.
    /// - Returns: the mean over the counted targets.
    public func crossEntropy(target: Tensor, ignoreIndex: Int = -100, labelSmoothing: Float = 0) -> Tensor {
        let classes = shape[rank - 1]
        require(Shape(shape.dropLast()) == target.shape, "crossEntropy", "logits \(shape) and target \(target.shape) do not fit")
        let flat = converted(to: .float32).reshaped(to: [target.count, classes])
        let labels = target.converted(to: .int64).reshaped(to: [target.count, 1])
        let counted = labels .!= Tensor([Int64(ignoreIndex)], shape: [1], beside: labels)
        let safe = Tensor.select(counted, then: labels, else: labels.zerosLike())
        let logProbabilities = flat.logSoftmax()
        let own = logProbabilities.gatheredElements(at: safe, axis: 1)
        let spread = labelSmoothing == 0 ? nil : logProbabilities.mean(axes: [1], keepingDimensions: true)
        let score = spread.map { own * (1 - labelSmoothing) + $0 * labelSmoothing } ?? own
        let mask = counted.converted(to: .float32)
        return -(score * mask).sum() * (1 / mask.sum().clamped(to: 1...Float.infinity))
    }

    /// `1 - 2 |A B| / (|A| + |B|)` of probabilities against targets, per image (first axis) and averaged.
    public func diceLoss(target: Tensor, epsilon: Float = 1) -> Tensor {
        require(shape == target.shape, "diceLoss", "probabilities \(shape) and target \(target.shape) differ")
        let (p, y) = (converted(to: .float32).flattened(from: 1), target.converted(to: .float32).flattened(from: 1))
        let overlap = (p * y).sum(axes: [1]) * 2 + epsilon
        let total = p.sum(axes: [1]) + y.sum(axes: [1]) + epsilon
        return 1 - (overlap / total).mean()
    }

    /// Binary focal loss of logits (Lin et al. 2017): easy elements count less, by `(1 - p)^gamma`.
    public func focalLoss(target: Tensor, alpha: Float = 0.25, gamma: Float = 2) -> Tensor {
        let logits = converted(to: .float32)
        let y = target.converted(to: .float32)
        let p = logits.sigmoid()
        let loss = logits.softplus() - logits * y
        let right = p * y + (1 - p) * (1 - y)
        let balance = y * alpha + (1 - y) * (1 - alpha)
        return (balance * (1 - right).power(gamma) * loss).mean()
    }
}
