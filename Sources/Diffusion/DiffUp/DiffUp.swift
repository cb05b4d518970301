public import Datasets
public import SegModels
internal import TensorCore

/// The whole model: backbone, BAFT, UAPF and UQDD (figure 2).
///
/// Immutable and Sendable: one model serves any number of tasks at once.
public final class DiffUp: EpisodicSegmenter {
    /// The settings.
    public let configuration: DiffUpConfiguration
    /// The decoder.
    public let decoder: UQDD
    /// The backbone half.
    public let extractor: PriorExtractor
    private let builder: ConditionBuilder

    /// Puts a decoder behind a backbone; any backbone fits any decoder (model stitching, equation 3).
    public init(backbone: any Backbone, decoder: UQDD, configuration: DiffUpConfiguration) {
        self.configuration = configuration
        self.decoder = decoder
        extractor = PriorExtractor(backbone: backbone, configuration: configuration)
        builder = ConditionBuilder(configuration)
    }

    /// The same decoder behind another backbone, without training.
    public func stitched(to backbone: any Backbone) -> DiffUp {
        DiffUp(backbone: backbone, decoder: decoder, configuration: configuration)
    }

    /// The model with other sampling settings.
    public func sampling(_ change: (inout SamplingConfiguration) -> Void) -> DiffUp {
        var configuration = configuration
        change(&configuration.sampling)
        return DiffUp(backbone: extractor.backbone, decoder: decoder, configuration: configuration)
    }

    /// Segments the query.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports.
    public func segment(_ episode: Episode) throws -> Prediction {
        .probabilities(try probabilities(episode, observer: nil))
    }

    /// Segments the query and keeps what the model saw on the way.
    public func explain(_ episode: Episode) throws -> Explanation {
        var explanation = Explanation(priorKinds: configuration.priors.count)
        let map = try probabilities(episode) { explanation.record($0) }
        explanation.probabilities = map
        return explanation
    }

    enum Observation {
        case conditions([Tensor])
        case step(DDIMSampler.Step, UQDD.Output?)
    }

    private func probabilities(_ episode: Episode, observer: ((Observation) -> Void)?) throws -> ProbabilityMap {
        try withoutGradients {
            let information = QueryInformation(
                photo: episode.query.tensor(), resolution: configuration.decoder.resolution)
            let priors = builder.normalizedPriors(try extractor.priors(episode))
            let conditions = builder.conditions(normalized: priors, edges: information.edges)
            observer?(.conditions(conditions))
            let mask = draw(conditions, information, observer: observer)
            let size = Size2D(height: episode.query.height, width: episode.query.width)
            return ProbabilityMap(mask.resized(to: size, .bilinear))
        }
    }

    /// The mean of the ensemble's clean masks as probabilities, `[1, s, s, 1]`.
    private func draw(
        _ conditions: [Tensor], _ information: QueryInformation, observer: ((Observation) -> Void)?
    ) -> Tensor {
        let (sampling, process) = (configuration.sampling, configuration.process)
        let activations = extractor.backbone.precision.activations
        let maps = decoder.conditionMaps(conditions.map { $0.converted(to: activations) })
        let side = configuration.decoder.resolution
        let image = information.image.broadcast(to: [sampling.ensemble, side, side, 3]).converted(to: activations)
        var random = TorchRandom(seed: sampling.seed)
        let noise = random.normal(shape: [sampling.ensemble, side, side, 1])
        let sampler = DDIMSampler(
            schedule: process.schedule, steps: sampling.steps, prediction: process.prediction, shift: process.shift,
            eta: sampling.eta, spacing: sampling.spacing)
        var last: UQDD.Output?
        let clean = sampler.sample(
            noise: noise, expectation: builder.expectation(conditions), random: &random,
            onStep: { observer?(.step($0, last)) },
            denoise: { x, t in
                let timesteps = Tensor(repeating: Double(t), shape: [sampling.ensemble], dtype: .int64)
                let output = decoder(x.converted(to: activations), timesteps: timesteps, maps: maps, image: image)
                last = output
                return output.prediction
            })
        return (clean.mean(axes: [0], keepingDimensions: true) + 1) * 0.5
    }
}
