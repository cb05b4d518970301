internal import Datasets
internal import SegModels
internal import TensorCore

/// One query's way through the model, written once: whoever wants a part of it calls that part or listens.
struct DiffUpPipeline: Sendable {
    /// What can be seen on the way.
    enum Event {
        /// The raw priors of each backbone.
        case priors([[Tensor]])
        case conditions(MaskConditions, ConditionLayout)
        case step(SamplingStep)
        /// The clean masks of all samples, -1 to 1.
        case samples(Tensor)
        /// The result, and the denoiser that may be asked about it.
        case mask(Tensor, any PreparedDenoiser)
    }

    let extractors: [PriorExtractor]
    let denoiser: any MaskDenoiser
    let builder: ConditionBuilder

    init(extractors: [PriorExtractor], denoiser: any MaskDenoiser) {
        self.extractors = extractors
        self.denoiser = denoiser
        builder = ConditionBuilder(extractors[0].parts, resolution: denoiser.resolution)
    }

    private var parts: DiffUpParts { extractors[0].parts }

    /// The type of activations.
    var precision: Precision { extractors[0].backbone.precision }

    /// The whole way: the mean of the samples' clean masks as probabilities at the query's size.
    ///
    /// A cancelled task gets `CancellationError` before the next part of the work or step of the sampler.
    func callAsFunction(_ episode: Episode, observe: (Event) throws -> Void = { _ in }) throws -> ProbabilityMap {
        try withoutGradients {
            let conditions = try conditions(of: episode, observe: observe)
            let mask = try mask(conditions, observe: observe)
            return ProbabilityMap(
                mask.resized(to: Size2D(height: episode.query.height, width: episode.query.width), .bilinear))
        }
    }

    /// The first half of the way: what the denoiser is given.
    func conditions(of episode: Episode, observe: (Event) throws -> Void = { _ in }) throws -> MaskConditions {
        let queries = try queryFeatures(episode.query)
        let priors = try priors(episode, queries: queries)
        try observe(.priors(priors))
        let conditions = conditions(priors, photo: episode.query, query: queries[0])
        try observe(.conditions(conditions, builder.layout))
        return conditions
    }

    /// The query's features of each backbone.
    func queryFeatures(_ photo: RGBImage) throws -> [[QueryFeatures]] {
        try extractors.map { extractor in
            try Task.checkCancellation()
            return extractor.queryFeatures(photo)
        }
    }

    /// Raw priors of each backbone, one a level.
    ///
    /// - Parameter shared: the query, for several words; nil for one alone.
    func priors(_ episode: Episode, queries: [[QueryFeatures]], _ shared: JointPhoto? = nil) throws -> [[Tensor]] {
        let reader = extractors.first { $0.backbone is any JointSpaceBackbone } ?? extractors[0]
        let words = try reader.textPriors(episode, shared)
        return try zip(extractors, queries).map { extractor, query in
            try Task.checkCancellation()
            return try extractor.priors(episode, query: query, words: words, shared)
        }
    }

    /// Priors of each backbone and the photo to what the denoiser is given.
    ///
    /// - Parameter query: the features of the first backbone.
    func conditions(_ priors: [[Tensor]], photo: RGBImage, query: [QueryFeatures]) -> MaskConditions {
        conditions(priors, information(photo, beside: priors), query: query)
    }

    /// What the denoiser is told of a photo beside priors.
    func information(_ photo: RGBImage, beside priors: [[Tensor]]) -> QueryInformation {
        QueryInformation(
            photo: Devices.using(.host) { photo.tensor() }, resolution: denoiser.resolution, sources: parts.information
        ).placed(on: priors[0].first?.device ?? Devices.current)
    }

    /// Priors of each backbone and what is known of the photo to what the denoiser is given.
    func conditions(_ priors: [[Tensor]], _ information: QueryInformation, query: [QueryFeatures]) -> MaskConditions {
        var conditions = builder.conditions(normalized: priors.map { builder.normalizedPriors($0) }, information)
        if denoiser.lowLevelChannels > 0 { conditions.lowLevel = query.first?.map }
        return conditions
    }

    /// The mean of the samples' clean masks as probabilities, `[1, s, s, 1]`.
    func mask(_ conditions: MaskConditions, observe: (Event) throws -> Void = { _ in }) throws -> Tensor {
        let prepared = denoiser.prepared(for: conditions, precision: precision)
        let (side, count) = (denoiser.resolution, parts.ensemble)
        var random = TorchRandom(seed: parts.seed)
        let noise = random.normal(shape: [count, side, side, 1], beside: conditions.image)
        var settled = SettledMask(tolerance: parts.settledTolerance)
        let clean: Tensor
        do {
            clean = try parts.sampler.sample(
                parts.process, noise: noise, expectation: conditions.expectation, random: &random,
                onStep: { step in
                    try observe(.step(step))
                    try settled?.look(step, prepared)
                },
                denoise: { x, t in
                    try Task.checkCancellation()
                    let timesteps = Tensor(repeating: Double(t), shape: [count], dtype: .int64, beside: x)
                    return prepared(x, timesteps: timesteps).prediction
                })
        } catch let end as SettledMask.Reached {
            clean = end.clean
        }
        try observe(.samples(clean))
        let mask = (clean.mean(axes: [0], keepingDimensions: true) + 1) * 0.5
        try observe(.mask(mask, prepared))
        return mask
    }
}
