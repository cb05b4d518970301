internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The work of a reproduction: every score is kept as soon as it is there, and not made again.
final class DifFSSWork {
    let plan: DifFSSReproduction
    private let folder: RunFolder
    private let network: LoadedBackbone
    private let compute: ComputeSettings
    private let observe: RunObserver
    private let results: SharedLog<DifFSSResult>
    private let drifts: SharedLog<DifFSSDrift>
    private let cache: GenerationCache
    private let generator: any AuxiliaryGenerator
    private let edges: (any EdgeDetector)?
    /// What this process has loaded of the cell that it works on.
    private var loaded: Loaded?

    private struct Loaded {
        var cell: DifFSSCell
        var test: any FewShotDataset
        var models: [String: any EpisodicSegmenter] = [:]
        /// nil until a model asks for them.
        var learners: [FewShotCheckpoint]?
    }

    init(
        _ plan: DifFSSReproduction, _ folder: RunFolder, _ shared: SharedCells, _ network: LoadedBackbone,
        _ compute: ComputeSettings, _ observe: @escaping RunObserver
    ) throws {
        (self.plan, self.folder, self.network) = (plan, folder, network)
        (self.compute, self.observe) = (compute, observe)
        let cache = GenerationCache(folder.url.appendingPathComponent("cache"))
        // Before any rank makes a picture: what it removes are the files of a run that was killed.
        try shared.first { cache.clean() }
        self.cache = cache
        results = try shared.log(folder.file("results.jsonl"))
        drifts = try shared.log(folder.file("drift.jsonl"))
        generator = try plan.generator.generator(compute)
        edges = try plan.edges.map { HEDEdges(try HED.load(URL(fileURLWithPath: $0))) }
    }

    /// What was found so far.
    func report() -> DifFSSReport {
        DifFSSReport(
            plan, results: results.records(in: plan.cells, \.cell), drifts: drifts.records(in: plan.cells, \.cell),
            generator: generator.identity)
    }

    /// Trains the learners that several cells need, so that no two ranks train the same; one process trains them when it comes to them.
    func prepare(_ shared: SharedCells) async throws {
        guard shared.ranks.count > 1 else { return }
        let all = plan.folds.flatMap { fold in DifFSSLearners(plan).trained.map { (fold, $0) } }
        try await shared.run(all.count) { place in _ = try await trained(all[place].1, all[place].0) }
    }

    /// All scores of a cell.
    func finish(_ cell: DifFSSCell) async throws {
        for measure in plan.measures
        where !results.records.contains(where: { $0.cell == cell && $0.measure == measure }) {
            try Task.checkCancellation()
            let start = Date()
            let score = try await score(measure, cell)
            try results.append(
                DifFSSResult(cell: cell, measure: measure, meanIoU: score, seconds: Date().timeIntervalSince(start)))
        }
        guard let drifting = plan.driftingGenerator, plan.settings.drift.supports > 0 else { return }
        for model in plan.models where !drifts.records.contains(where: { $0.cell == cell && $0.model == model }) {
            try drifts.append(try await drift(of: model, cell, drifting))
        }
    }

    private func opened(_ cell: DifFSSCell) throws -> Loaded {
        if let loaded, loaded.cell == cell { return loaded }
        let test = CachedDataset(try plan.dataset.dataset(.validation, fold: cell.fold))
        let value = Loaded(cell: cell, test: test)
        loaded = value
        return value
    }

    private func model(_ name: String, _ cell: DifFSSCell) async throws -> any EpisodicSegmenter {
        if let known = try opened(cell).models[name] { return known }
        var size = plan.settings.imageSize
        let paths = try EvaluationPlan.checkpoints(plan.checkpoints, folds: plan.folds)
        var checkpoint: DiffUpCheckpoint?
        if let place = plan.folds.firstIndex(of: cell.fold), paths.indices.contains(place) {
            var found = try DiffUpCheckpoint(contentsOf: URL(fileURLWithPath: paths[place]))
            let steps = plan.settings.steps > 0 ? plan.settings.steps : nil
            let ensemble = plan.settings.ensemble > 0 ? plan.settings.ensemble : nil
            try SamplingChoice(steps: steps, ensemble: ensemble).apply(to: &found.configuration, seed: cell.seed)
            size = found.configuration.imageSize
            checkpoint = found
        }
        observe(.note("\(cell.title): \(name)"))
        let context = WrappedModelContext(
            network: network, checkpoint: checkpoint, learners: try await learners(name, cell),
            training: try plan.dataset.training(fold: cell.fold), imageSize: size,
            fittingEpisodes: plan.settings.fittingEpisodes, seed: cell.seed)
        let made = try await WrappedModels.factory(name)(context)
        loaded?.models[name] = made
        return made
    }

    /// The learners of a cell's fold, for a model that is one.
    private func learners(_ name: String, _ cell: DifFSSCell) async throws -> [FewShotCheckpoint] {
        guard FewShotFamilies.names.contains(name) else { return [] }
        if let known = loaded?.learners { return known }
        let learners = DifFSSLearners(plan)
        var found = try learners.files(cell.fold).map { try FewShotCheckpoint(contentsOf: URL(fileURLWithPath: $0)) }
        for settings in learners.trained {
            found.append(try FewShotCheckpoint(contentsOf: try await trained(settings, cell.fold)))
        }
        loaded?.learners = found
        return found
    }

    private func trained(_ settings: FewShotSettings, _ fold: Int) async throws -> URL {
        try await DifFSSLearners(plan).train(settings, fold, in: folder, compute, observe)
    }

    /// Nested supports: all numbers of shots are asked about the same queries.
    private func episodes(_ cell: DifFSSCell, shots: Int) throws -> [EpisodeReference] {
        try EpisodeSampler(.vocUniform, seed: cell.seed, supports: .nestedRepeats)
            .episodes(from: opened(cell).test.items, shots: shots, count: plan.settings.episodes)
    }

    private func maker(_ measure: DifFSSMeasure, _ cell: DifFSSCell, _ base: some EpisodicSegmenter) -> AuxiliaryMaker {
        var settings = plan.settings.auxiliary
        (settings.count, settings.seed) = (measure.count, Int(cell.seed))
        settings.control = measure.control ?? settings.control
        measure.remedy?.apply(to: &settings, plan.settings.drift)
        let drifts = measure.remedy.map { $0 != .noDrift } ?? false
        let source: any AuxiliaryGenerator = drifts ? plan.driftingGenerator ?? generator : generator
        return maker(settings, source, SegmenterMaskEstimator(base))
    }

    private func maker(
        _ settings: AuxiliarySettings, _ source: any AuxiliaryGenerator, _ estimator: (any MaskEstimator)?
    ) -> AuxiliaryMaker {
        let consistency = MaskConsistency(
            features: BackboneFeatures(network.backbone), estimator: settings.asksSegmenter ? estimator : nil)
        let isNeeded = settings.compares || settings.asksSegmenter
        return AuxiliaryMaker(
            source, settings: settings, edges: edges, cache: cache, consistency: isNeeded ? consistency : nil)
    }

    private func score(_ measure: DifFSSMeasure, _ cell: DifFSSCell) async throws -> Double {
        let base = try await model(measure.model, cell)
        let (test, episodes) = (try opened(cell).test, try episodes(cell, shots: measure.shots))
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: test, annotationSeed: cell.seed), resamples: 0)
        let title = "\(cell.title): \(measure.title)"
        func show(_ step: EvaluationStep) {
            observe(.progress(RunProgress(title, step.progress, detail: "mIoU \(step.runningMeanIoU.percent)")))
        }
        func evaluated(_ base: some EpisodicSegmenter) async throws -> Double {
            guard measure.count > 0 else { return try await evaluator.evaluate(base, on: episodes, observe: show).meanIoU }
            let wrapped = AuxiliarySupports(base, maker(measure, cell, base), classes: test.classes)
            return try await evaluator.evaluate(wrapped, on: episodes, observe: show).meanIoU
        }
        return try await evaluated(base)
    }

    /// The first supports of a cell's episodes, each once.
    private func supports(_ cell: DifFSSCell, count: Int) throws -> [ShownSupport] {
        let test = try opened(cell).test
        let loader = EpisodeLoader(dataset: test)
        var seen: Set<DatasetItem> = []
        var found: [ShownSupport] = []
        for reference in try episodes(cell, shots: 1) where found.count < count {
            let item = DatasetItem(id: reference.supports[0], classID: reference.classID)
            guard seen.insert(item).inserted else { continue }
            let shown = FewShotClass(id: item.classID, name: test.className(item.classID))
            found += try loader.load(reference).episode.supports.prefix(1).map { ShownSupport($0, of: shown) }
        }
        return found
    }

    /// Scores of pictures that drifted, beside where the thing really is.
    private func drift(of name: String, _ cell: DifFSSCell, _ drifting: ShapesRedrawing) async throws -> DifFSSDrift {
        let base = try await model(name, cell)
        var settings = plan.settings.auxiliary
        (settings.count, settings.seed, settings.control) = (plan.settings.drift.count, Int(cell.seed), .segmentation)
        let maker = maker(settings, drifting, nil)
        func estimator(_ base: some EpisodicSegmenter) -> any MaskEstimator { SegmenterMaskEstimator(base) }
        let consistency = MaskConsistency(features: BackboneFeatures(network.backbone), estimator: estimator(base))
        var record = DifFSSDrift(
            cell: cell, model: name, similarity: [], contrast: [], overlap: [], shared: [], estimated: [])
        let supports = try supports(cell, count: plan.settings.drift.supports)
        let clock = RunClock("\(cell.title): drift seen by \(name)", total: supports.count)
        for (number, shown) in supports.enumerated() {
            try Task.checkCancellation()
            for request in try maker.requests(shown.support, of: shown.item) {
                guard let picture = try maker.picture(request)?.image, let truth = drifting.shown(in: request) else { continue }
                let (score, found) = try consistency.score(picture, of: shown.support, request.mask)
                record.similarity.append(Double(score.similarity))
                record.contrast.append(Double(score.contrast))
                record.overlap.append(Double(score.overlap ?? 0))
                record.shared.append(Double(truth.overlap(with: request.mask)))
                record.estimated.append(Double(found.map { truth.overlap(with: $0) } ?? 0))
            }
            observe(.progress(clock.progress(number + 1)))
        }
        return record
    }

    /// Twelve supports of the first cell with their companions, a sheet for every control, and one of drift.
    func pictures() throws -> [(title: String, image: RGBImage)] {
        guard let cell = plan.cells.first else { return [] }
        let supports = try supports(cell, count: 12)
        func sheet(_ control: ControlKind, _ source: any AuxiliaryGenerator, _ title: String) throws -> (String, RGBImage) {
            var settings = plan.settings.auxiliary
            (settings.count, settings.seed, settings.control) = (plan.settings.paperCount, Int(cell.seed), control)
            // Only the captions need scores: a threshold that keeps all asks for none.
            settings.filter.candidates = settings.count
            let consistency = MaskConsistency(features: BackboneFeatures(network.backbone))
            let maker = AuxiliaryMaker(source, settings: settings, edges: edges, cache: cache, consistency: consistency)
            return (title, try AuxiliarySheet(supports, maker, title: title).rendered())
        }
        var all = try plan.settings.controls.map { try sheet($0, generator, "Supports by \($0.rawValue)") }
        if let drifting = plan.driftingGenerator {
            all.append(try sheet(.segmentation, drifting, "Supports of a painter that drifts by \(drifting.drift)"))
        }
        return all
    }
}
