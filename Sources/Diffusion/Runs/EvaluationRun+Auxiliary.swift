internal import Datasets
internal import SegModels

extension EvaluationRun {
    /// What supports a run with ``EvaluationPlan/auxiliary`` would make; nil for one without.
    ///
    /// - Throws: `RunError` and the errors of datasets and generators.
    public func forecast() throws -> SupportForecast? {
        guard let auxiliary = try plan.auxiliary?.make(compute) else { return nil }
        let supports = try supports()
        return try auxiliary.forecast(count: supports.count) { try supports[$0].shown() }
    }

    /// A support that is not loaded yet.
    struct Place {
        var loader: EpisodeLoader
        var reference: EpisodeReference
        var number: Int

        func shown() throws -> ShownSupport {
            let item = FewShotClass(id: reference.classID, name: loader.dataset.className(reference.classID))
            return ShownSupport(try loader.load(reference).episode.supports[number], of: item)
        }
    }

    /// The supports of all episodes, each once, in the order of the episodes.
    func supports() throws -> [Place] {
        var seen: Set<DatasetItem> = []
        return try plan.folds.flatMap { fold in
            let (dataset, episodes) = try drawn(fold)
            let loader = loader(for: dataset)
            return episodes.flatMap { reference in
                reference.supports.indices.filter { number in
                    let item = DatasetItem(id: reference.supports[number], classID: reference.classID)
                    return seen.insert(item).inserted
                }.map { Place(loader: loader, reference: reference, number: $0) }
            }
        }
    }

    /// Draws the first twelve supports beside what was generated of them: `auxiliary.png`.
    func writeSheet(of auxiliary: any SupportExtension, _ backbone: LoadedBackbone, to folder: RunFolder) throws {
        let shown = try supports().prefix(SupportSheet.count).map { try $0.shown() }
        try SupportSheet.write(shown, auxiliary, backbone, to: folder.file(SupportSheet.name))
    }
}
