public import Datasets
internal import SegModels
internal import TensorCore

extension DiffUp {
    /// One part of the work on a query, ready to be run again and again.
    public struct Stage {
        /// What it does.
        public var name: String
        /// Does it.
        public var run: () throws -> Void
    }

    /// The parts of the work on one episode, each with its inputs prepared, and at last the whole: for timing.
    ///
    /// Nothing is cached between runs.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports.
    public func stages(of episode: Episode) throws -> [Stage] {
        var episode = episode
        episode.queryID = ""
        for index in episode.supports.indices { episode.supports[index].id = "" }
        let extractor = extractor
        let features = extractor.queryFeatures(episode.query)
        let prototypes = try extractor.prototypes(of: episode.supports)
        let step = try decoderStep(of: episode)
        return [
            Stage(name: "query features and affinity") { _ = extractor.queryFeatures(episode.query) },
            Stage(name: "support prototypes") { _ = try extractor.prototypes(of: episode.supports) },
            Stage(name: "priors") { _ = extractor.priors(prototypes, query: features) },
            Stage(name: "decoder step", run: step),
            Stage(name: "query, end to end") { _ = try self.segment(episode) },
        ]
    }

    private func decoderStep(of episode: Episode) throws -> () -> Void {
        try withoutGradients {
            let builder = ConditionBuilder(configuration)
            let side = configuration.decoder.resolution
            let count = configuration.sampling.ensemble
            let activations = extractor.backbone.precision.activations
            let information = QueryInformation(photo: episode.query.tensor(), resolution: side)
            let conditions = builder.conditions(
                normalized: builder.normalizedPriors(try extractor.priors(episode)), edges: information.edges)
            let maps = decoder.conditionMaps(conditions.map { $0.converted(to: activations) })
            let image = information.image.broadcast(to: [count, side, side, 3]).converted(to: activations)
            var random = TorchRandom(seed: configuration.sampling.seed)
            let noisy = random.normal(shape: [count, side, side, 1]).converted(to: activations)
            let timesteps = Tensor(repeating: Double(configuration.process.steps / 2), shape: [count], dtype: .int64)
            let decoder = decoder
            return { withoutGradients { _ = decoder(noisy, timesteps: timesteps, maps: maps, image: image) } }
        }
    }
}
