internal import SegModels
internal import TensorCore

/// The total loss (equation 21): diffusion, error map and IoU.
struct DiffUpLoss {
    let model: DiffUpConfiguration
    let training: TrainingConfiguration
    private let forward: ForwardProcess

    init(model: DiffUpConfiguration, training: TrainingConfiguration) {
        self.model = model
        self.training = training
        forward = ForwardProcess(
            schedule: model.process.schedule, shift: model.process.shift, prediction: model.process.prediction)
    }

    func callAsFunction(_ decoder: UQDD, _ batch: TrainingBatch, _ random: inout TorchRandom) -> Tensor {
        let count = batch.truth.shape[0]
        let timesteps = (0..<count).map { _ in random.integer(below: model.process.steps) }
        let noise = random.normal(shape: batch.truth.shape, beside: batch.truth)
        let sample = forward.noised(
            batch.truth * 2 - 1, noise: noise, timesteps: timesteps, expectation: batch.expectation)
        let activations = training.precision.activations
        let maps = decoder.conditionMaps(batch.conditions.map { $0.converted(to: activations) })
        let output = decoder(
            sample.noisy.converted(to: activations), timesteps: sample.timesteps, maps: maps,
            image: batch.image.converted(to: activations))
        var loss = diffusionLoss(output.prediction, sample, batch, timesteps)
        if let errorMap = output.errorMap, let iou = output.iou {
            let current = (sample.noisy + 1).clamped(to: 0...2) * 0.5
            let errors = (errorMap - (batch.truth - current)).squared() * batch.weight
            loss = loss + errors.mean() * training.errorWeight
            loss = loss + (iou - iouTarget(sample.noisy, batch)).absoluteValue().mean() * training.iouWeight
        }
        return loss
    }

    /// Per image the mean over the pixels that count, then the weighted mean over images.
    private func diffusionLoss(
        _ estimate: Tensor, _ sample: ForwardProcess.Sample, _ batch: TrainingBatch, _ timesteps: [Int]
    ) -> Tensor {
        let pixels: Tensor
        if model.process.prediction == .logits {
            pixels = estimate.softplus() - estimate * batch.truth
        } else {
            pixels = (estimate - sample.target).squared()
        }
        let counted = batch.weight.sum(axes: [1, 2, 3]).clamped(to: 1...Float.infinity)
        let images = (pixels * batch.weight).sum(axes: [1, 2, 3]) / counted
        let weights = timesteps.map { weight(at: $0) }
        return (images * Tensor(weights, shape: [weights.count], beside: images)).mean()
    }

    private func weight(at t: Int) -> Float {
        guard training.weighting == .minSNR else { return 1 }
        let ratio = forward.schedule.signalToNoise(at: t)
        switch model.process.prediction {
        case .sample, .logits: return Float(min(ratio, 5))
        case .epsilon: return Float(min(5 / ratio, 1))
        case .velocity: return Float(min(ratio, 5) / (ratio + 1))
        }
    }

    /// The IoU of the binarised noisy mask with the truth, `[N]`.
    private func iouTarget(_ noisy: Tensor, _ batch: TrainingBatch) -> Tensor {
        let counts = batch.weight .> 0.5
        let predicted = (noisy .> 0).and(counts)
        let actual = (batch.truth .> 0.5).and(counts)
        func area(_ mask: Tensor) -> Tensor { mask.converted(to: .float32).sum(axes: [1, 2, 3]) }
        return area(predicted.and(actual)) / area(predicted.or(actual)).clamped(to: 1...Float.infinity)
    }
}
