internal import TensorCore

/// A learner as an engine trains it: a batch is drawn without a graph, then the cross-entropy of its answers.
struct FewShotLearner: Learner {
    /// The name of the figure in `TrainingProgress.metrics`: the IoU of the object over the batch.
    static let ratio = "iou"

    let network: any FewShotNetwork
    let values: FewShotSettings
    let examples: FewShotExamples

    var parameters: [Parameter] { network.parameters }
    var settings: any Encodable { values }

    func loss(_ context: StepContext, _ random: inout TorchRandom) throws -> StepLoss {
        let batch = try withoutGradients { try examples.batch(&random) }
        let scores = network.scores(query: batch.query, supports: batch.supports) { map, share in
            Self.dropped(map, share, &random)
        }
        return StepLoss(
            scores.loss(batch.target), metrics: [Self.ratio: withoutGradients { Self.ratio(of: scores.main, batch.target) }],
            batch: batch.names.joined(separator: ", "))
    }

    /// Drops whole channels and scales the others up (torch's `Dropout2d`).
    static func dropped(_ map: Tensor, _ share: Float, _ random: inout TorchRandom) -> Tensor {
        guard share > 0 else { return map }
        let kept = (0..<map.shape[0] * map.shape[3]).map { _ in random.uniform() < share ? 0 : 1 / (1 - share) }
        let mask = Tensor(kept, shape: [map.shape[0], 1, 1, map.shape[3]], beside: map)
        return map * mask.converted(to: map.dtype)
    }

    private static func ratio(of scores: Tensor, _ target: Tensor) -> Tensor {
        let size = Size2D(height: target.shape[1], width: target.shape[2])
        let found = scores.detached().resized(to: size, .bilinear, alignCorners: true).argMax(axis: 3)
        func share(_ mask: Tensor) -> Tensor { mask.converted(to: .float32) }
        func value(_ number: Int64) -> Tensor { Tensor([number], shape: [1], beside: target) }
        let counted = share(target .!= value(Int64(FewShotScores.ignored)))
        let (own, truth) = (share(found .== value(1)) * counted, share(target .== value(1)))
        let both = (own * truth).sum()
        return both / (own.sum() + truth.sum() - both).clamped(to: 1...Float.infinity)
    }
}
