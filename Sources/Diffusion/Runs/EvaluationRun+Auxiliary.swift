internal import Datasets
internal import SegModels

extension EvaluationRun {
    /// What supports a run with ``EvaluationPlan/auxiliary`` would make; nil for one without.
    ///
    /// - Throws: `RunError` and the errors of datasets and generators.
    public func forecast() throws -> SupportForecast? {
        guard let auxiliary = try plan.auxiliary?.make(compute) else { return nil }
        return try auxiliary.forecast(supports())
    }

    /// The supports of all episodes, each once, in the order of the episodes.
    ///
    /// - Parameter count: how many at most; nil for all.
    func supports(_ count: Int? = nil) throws -> [ShownSupport] {
        var found: [ShownSupport] = []
        var seen: Set<DatasetItem> = []
        for fold in plan.folds {
            let (dataset, episodes) = try drawn(fold)
            let loader = loader(for: dataset)
            for reference in episodes {
                let new = reference.supports.filter { seen.insert(DatasetItem(id: $0, classID: reference.classID)).inserted }
                guard !new.isEmpty else { continue }
                let item = FewShotClass(id: reference.classID, name: dataset.className(reference.classID))
                let supports = try loader.load(reference).episode.supports.filter { new.contains($0.id) }
                found += supports.map { ShownSupport($0, of: item) }
                if let count, found.count >= count { return Array(found.prefix(count)) }
            }
        }
        return found
    }

    /// Draws the first twelve supports beside what was generated of them: `auxiliary.png`.
    func writeSheet(of auxiliary: any SupportExtension, _ backbone: LoadedBackbone, to folder: RunFolder) throws {
        guard let sheet = try auxiliary.sheet(of: supports(12), backbone: backbone.backbone) else { return }
        try ImageFile.save(sheet, to: folder.file("auxiliary.png"))
    }
}
