internal import Datasets
internal import Diffusion

extension Predict {
    /// The run of the options, or the rest of an earlier one.
    func run(in folder: RunFolder) throws -> (PredictionRun, ComputeSettings) {
        guard output.resume != nil else {
            let found = try QueryPhoto.search(queries, entersFolders: recursive)
            let (choice, remarks) = try chosenModel
            var run = PredictionRun(
                supports: try supports.choices, queries: found.photos, model: choice,
                sampling: model.sampling.choice, threshold: model.sampling.thresholdValue, explains: explain)
            run.concepts = concept.map { ConceptChoice($0) }
            run.words = words.choice
            run.features = FeatureStore(folder: FeatureStore.standardFolder, memory: 0)
            run.masker = supports.masker
            run.remarks = found.remarks + remarks
            run.figures = figures
            try finding.apply(to: &run)
            return (run, Session.ranks.settled(common.compute))
        }
        var (run, record) = try PredictionRun.resuming(
            folder, queries: queries.isEmpty ? nil : queries, entersFolders: recursive,
            supports: supports.support.isEmpty ? nil : try supports.choices,
            model: model.isNamed ? try model.choice : nil, masker: supports.masker,
            concepts: concept.isEmpty ? nil : concept.map { ConceptChoice($0) }, words: words.words,
            ranks: Session.ranks)
        run.features = FeatureStore(folder: FeatureStore.standardFolder, memory: 0)
        return (run, record.settings(threads: common.threads, device: common.device))
    }

    /// The model of the options. Words belong to a backbone: without one it is that of the drawn shapes, which they are of.
    private var chosenModel: (ModelChoice, [String]) {
        get throws {
            if model.isNamed || !words.word.isEmpty { return (try model.choice, []) }
            return ModelChoice.forPhotos()
        }
    }
}
