internal import Datasets
internal import SegModels
internal import TensorCore

/// One query's way through the model, written once: whoever wants a part of it calls that part or listens.
struct DiffUpPipeline: Sendable {
    /// What can be seen on the way.
    enum Event {
        case priors([Tensor])
        case conditions(MaskConditions, ConditionLayout)
        case step(SamplingStep, DenoiserOutput?)
        case mask(Tensor)
    }

    let extractor: PriorExtractor
    let denoiser: any MaskDenoiser
    let builder: ConditionBuilder

    init(extractor: PriorExtractor, denoiser: any MaskDenoiser) {
        self.extractor = extractor
        self.denoiser = denoiser
        builder = ConditionBuilder(extractor.parts, resolution: denoiser.resolution)
    }

    private var parts: DiffUpParts { extractor.parts }

    /// The whole way: the mean of the samples' clean masks as probabilities at the query's size.
    ///
    /// A cancelled task gets `CancellationError` before the next part of the work or step of the sampler.
    func callAsFunction(_ episode: Episode, observe: (Event) throws -> Void = { _ in }) throws -> ProbabilityMap {
        try withoutGradients {
            try Task.checkCancellation()
            let priors = try extractor.priors(episode)
            try observe(.priors(priors))
            let conditions = conditions(priors, photo: episode.query)
            try observe(.conditions(conditions, builder.layout))
            let mask = try mask(conditions, observe: observe)
            try observe(.mask(mask))
            return ProbabilityMap(
                mask.resized(to: Size2D(height: episode.query.height, width: episode.query.width), .bilinear))
        }
    }

    /// Priors and the photo to what the denoiser is given.
    func conditions(_ priors: [Tensor], photo: RGBImage) -> MaskConditions {
        let information = QueryInformation(
            photo: Devices.using(.host) { photo.tensor() }, resolution: denoiser.resolution, sources: parts.information
        ).placed(on: priors.first?.device ?? Devices.current)
        return builder.conditions(normalized: builder.normalizedPriors(priors), information)
    }

    /// The mean of the samples' clean masks as probabilities, `[1, s, s, 1]`.
    func mask(_ conditions: MaskConditions, observe: (Event) throws -> Void = { _ in }) throws -> Tensor {
        let prepared = denoiser.prepared(for: conditions, precision: extractor.backbone.precision)
        let (side, count) = (denoiser.resolution, parts.ensemble)
        var random = TorchRandom(seed: parts.seed)
        let noise = random.normal(shape: [count, side, side, 1], beside: conditions.image)
        var last: DenoiserOutput?
        let clean = try parts.sampler.sample(
            parts.process, noise: noise, expectation: conditions.expectation, random: &random,
            onStep: { try observe(.step($0, last)) },
            denoise: { x, t in
                try Task.checkCancellation()
                let output = prepared(x, timesteps: Tensor(repeating: Double(t), shape: [count], dtype: .int64, beside: x))
                last = output
                return output.prediction
            })
        return (clean.mean(axes: [0], keepingDimensions: true) + 1) * 0.5
    }
}
