internal import Datasets

extension EvaluationPlan {
    /// The episodes of all classes of N-way episodes, one query after the other; the episodes themselves where one class is asked for.
    ///
    /// - Throws: `DatasetError` for more ways than classes.
    func widened(
        _ episodes: [EpisodeReference], in dataset: any FewShotDataset, items: [DatasetItem]
    ) throws -> [EpisodeReference] {
        guard let ways, ways > 1 else { return episodes }
        let sampler = NWaySampler(ways: ways, EpisodeSampler(evaluation.sampling, seed: evaluation.seed))
        return try sampler.widened(episodes, in: dataset, items: items).flatMap(\.episodes)
    }
}
