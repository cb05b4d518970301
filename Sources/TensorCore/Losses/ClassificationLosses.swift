extension Tensor {
    /// Binary cross-entropy of logits against targets in [0, 1], the mean over all elements, optionally weighted.
    public func binaryCrossEntropy(target: Tensor, weight: Tensor? = nil) -> Tensor {
        let operands = Operands("binaryCrossEntropy", self, "logits")
        let logits = operands.float32(self, "logits")
        let y = operands.float32(target, "target", where: target.shape == shape, "the shape of logits")
        let loss = logits.softplus() - logits * y
        let weight = operands.float32(
            weight, "weight", where: { Shape.broadcast($0.shape, shape) == shape }, "a shape that broadcasts to that of logits")
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
        let operands = Operands("crossEntropy", self, "logits")
        let logits = operands.float32(self, "logits", where: rank >= 1 && shape[rank - 1] > 0, "[..., C]")
        let classes = shape[rank - 1]
        let fits = target.shape == Shape(shape.dropLast())
        let indices = operands.positions(target, "target", where: fits, "the shape of logits without the last axis")
        let flat = logits.reshaped(to: [target.count, classes])
        let labels = indices.reshaped(to: [target.count, 1])
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
        let operands = Operands("diceLoss", self, "probabilities")
        let (p, y) = (
            operands.float32(self, "probabilities", where: rank >= 2, "[N, ...]").flattened(from: 1),
            operands.float32(target, "target", where: target.shape == shape, "the shape of probabilities").flattened(from: 1)
        )
        let overlap = (p * y).sum(axes: [1]) * 2 + epsilon
        let total = p.sum(axes: [1]) + y.sum(axes: [1]) + epsilon
        return 1 - (overlap / total).mean()
    }

    /// Binary focal loss of logits (Lin et al. 2017): easy elements count less, by `(1 - p)^gamma`.
    public func focalLoss(target: Tensor, alpha: Float = 0.25, gamma: Float = 2) -> Tensor {
        let operands = Operands("focalLoss", self, "logits")
        let logits = operands.float32(self, "logits")
        let y = operands.float32(target, "target", where: target.shape == shape, "the shape of logits")
        let p = logits.sigmoid()
        let loss = logits.softplus() - logits * y
        let right = p * y + (1 - p) * (1 - y)
        let balance = y * alpha + (1 - y) * (1 - alpha)
        return (balance * (1 - right).power(gamma) * loss).mean()
    }
}
