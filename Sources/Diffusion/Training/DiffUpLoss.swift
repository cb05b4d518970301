internal import SegModels
internal import TensorCore

/// The total loss (equation 21): diffusion, error map and IoU.
struct DiffUpLoss: Sendable {
    let process: DiffusionProcess
    let training: TrainingConfiguration

    func callAsFunction(_ denoiser: any MaskDenoiser, _ batch: TrainingBatch, _ random: inout TorchRandom) -> Tensor {
        let count = batch.truth.shape[0]
        let last = process.schedule.count - 1
        let timesteps = (0..<count).map { _ in denoiser.isGenerator ? last : random.integer(below: last + 1) }
        let noise = random.normal(shape: batch.truth.shape, beside: batch.truth)
        let sample = process.noised(
            batch.truth * 2 - 1, noise: noise, timesteps: timesteps, expectation: batch.conditions.expectation)
        let prepared = denoiser.prepared(for: batch.conditions, precision: training.precision)
        let output = prepared(sample.noisy, timesteps: sample.timesteps)
        var loss = diffusionLoss(output.prediction, sample, batch, timesteps)
        if let errorMap = output.errorMap, let iou = output.iou {
            let current = (sample.noisy + 1).clamped(to: 0...2) * 0.5
            let errors = (errorMap - (batch.truth - current)).squared() * batch.weight
            loss = loss + errors.mean() * training.errorWeight
            loss = loss + (iou - Self.iouTarget(sample.noisy, batch)).absoluteValue().mean() * training.iouWeight
        }
        return loss
    }

    /// Per image the mean over the pixels that count, then the weighted mean over images.
    private func diffusionLoss(
        _ estimate: Tensor, _ sample: DiffusionProcess.Sample, _ batch: TrainingBatch, _ timesteps: [Int]
    ) -> Tensor {
        let pixels: Tensor
        if process.prediction == .logits {
            pixels = estimate.softplus() - estimate * batch.truth
        } else {
            pixels = (estimate - sample.target).squared()
        }
        let counted = batch.weight.sum(axes: [1, 2, 3]).clamped(to: 1...Float.infinity)
        let images = (pixels * batch.weight).sum(axes: [1, 2, 3]) / counted
        let weights = timesteps.map { training.weighting.weight(at: $0, of: process) }
        return (images * Tensor(weights, shape: [weights.count], beside: images)).mean()
    }

    /// The IoU of the binarised noisy mask with the truth, `[N]`.
    static func iouTarget(_ noisy: Tensor, _ batch: TrainingBatch) -> Tensor {
        let counts = batch.weight .> 0.5
        let predicted = (noisy .> 0).and(counts)
        let actual = (batch.truth .> 0.5).and(counts)
        func area(_ mask: Tensor) -> Tensor { mask.converted(to: .float32).sum(axes: [1, 2, 3]) }
        return area(predicted.and(actual)) / area(predicted.or(actual)).clamped(to: 1...Float.infinity)
    }
}

extension LossWeighting {
    /// The weight of a timestep's loss, in the quantity that the process estimates.
    func weight(at t: Int, of process: DiffusionProcess) -> Float {
        guard self == .minSNR else { return 1 }
        let ratio = process.schedule.signalToNoise(at: t)
        switch process.prediction {
        case .sample, .logits: return Float(min(ratio, 5))
        case .epsilon: return Float(min(5 / ratio, 1))
        case .velocity: return Float(min(ratio, 5) / (ratio + 1))
        }
    }
}
