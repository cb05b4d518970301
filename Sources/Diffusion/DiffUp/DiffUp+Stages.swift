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
    /// Nothing is kept between runs.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports.
    public func stages(of episode: Episode) throws -> [Stage] {
        let model = try DiffUp(backbones: extractors.map(\.backbone), denoiser: denoiser, parts: parts, cacheCapacity: 0)
        let (extractors, pipeline) = (model.extractors, model.pipeline)
        let features = try pipeline.queryFeatures(episode.query)
        let prototypes = try extractors.map { try $0.prototypes(of: episode.supports) }
        func allPriors() -> [[Tensor]] {
            extractors.indices.map { extractors[$0].priors(prototypes[$0], query: features[$0]) }
        }
        let priors = allPriors()
        let conditions = withoutGradients { pipeline.conditions(priors, photo: episode.query, query: features[0]) }
        return [
            Stage(name: "query features and affinity") { _ = try pipeline.queryFeatures(episode.query) },
            Stage(name: "support prototypes") {
                for extractor in extractors { _ = try extractor.prototypes(of: episode.supports) }
            },
            Stage(name: "priors") { _ = allPriors() },
            Stage(name: "conditions") {
                withoutGradients { _ = pipeline.conditions(priors, photo: episode.query, query: features[0]) }
            },
            Stage(name: "decoder step", run: decoderStep(conditions)),
            Stage(name: "query, end to end") { _ = try model.segment(episode) },
        ]
    }

    private func decoderStep(_ conditions: MaskConditions) -> () -> Void {
        withoutGradients {
            let (side, count) = (denoiser.resolution, parts.ensemble)
            let prepared = denoiser.prepared(for: conditions, precision: pipeline.precision)
            var random = TorchRandom(seed: parts.seed)
            let noisy = random.normal(shape: [count, side, side, 1])
            let middle = Double(parts.process.schedule.count / 2)
            let timesteps = Tensor(repeating: middle, shape: [count], dtype: .int64)
            return { withoutGradients { _ = prepared(noisy, timesteps: timesteps) } }
        }
    }
}
