internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// The work of a reproduction: every decoder and every score is kept as soon as it is there, and not made again.
final class DiffUpWork {
    let plan: DiffUpReproduction
    let results: SharedLog<DiffUpResult>
    let priors: SharedLog<DiffUpPriors>
    let errors: SharedLog<DiffUpErrors>
    let folder: RunFolder
    let compute: ComputeSettings
    let observe: RunObserver
    let store: FeatureStore
    /// Features of test photos, shared by all models behind a backbone.
    private let cache = FeatureCache(capacity: 1 << 30)
    /// What this process has loaded of the cell that it works on.
    private var loaded: Loaded?

    /// A cell's data and networks.
    private struct Loaded {
        var cell: DiffUpCell
        var training: any FewShotDataset
        var test: any FewShotDataset
        /// Of the other dataset.
        var elsewhere: (any FewShotDataset)?
        var digests = ContentDigests()
        var backbones: [Int: any Backbone] = [:]
        var decoders: [String: any MaskDenoiser] = [:]
        var words: LoadedWords?
    }

    init(
        _ plan: DiffUpReproduction, _ folder: RunFolder, _ shared: SharedCells, _ compute: ComputeSettings,
        _ observe: @escaping RunObserver
    ) throws {
        (self.plan, self.folder, self.compute, self.observe) = (plan, folder, compute, observe)
        results = try shared.log(folder.file("results.jsonl"))
        priors = try shared.log(folder.file("priors.jsonl"))
        errors = try shared.log(folder.file("errors.jsonl"))
        store = FeatureStore(folder: FeatureStore.standardFolder)
    }

    /// What was found so far.
    func report() -> DiffUpReport {
        DiffUpReport(
            plan, results: results.records(in: plan.cells, \.cell), priors: priors.records(in: plan.cells, \.cell),
            errors: errors.records(in: plan.cells, \.cell))
    }

    /// Trains what several cells need, so that no two ranks train the same; one process trains it when it comes to it.
    func prepare(_ shared: SharedCells) async throws {
        guard shared.ranks.count > 1 else { return }
        let folds = plan.folds.flatMap { fold in plan.ownBackbones.map { (fold, $0) } }
        try await shared.run(folds.count) { place in
            _ = try await trained(folds[place].1, DiffUpCell(fold: folds[place].0, seed: 0))
        }
        guard plan.trainsWords else { return }
        try await shared.run(plan.folds.count) { place in
            let cell = DiffUpCell(fold: plan.folds[place], seed: 0)
            _ = try await words(behind: choice(0, cell), cell)
        }
    }

    /// All scores and figures of a cell.
    func finish(_ cell: DiffUpCell) async throws {
        for measure in plan.measures
        where !results.records.contains(where: { $0.cell == cell && $0.measure == measure }) {
            try Task.checkCancellation()
            let start = Date()
            let result = try await score(measure, cell)
            try results.append(
                DiffUpResult(
                    cell: cell, measure: measure, meanIoU: result.meanIoU,
                    foregroundBackgroundIoU: result.foregroundBackgroundIoU, seconds: Date().timeIntervalSince(start)))
        }
        for place in plan.titles.indices
        where !priors.records.contains(where: { $0.cell == cell && $0.backbone == place }) {
            try await look(atPriorsOf: place, cell)
        }
        if !errors.records.contains(where: { $0.cell == cell }) { try await look(atErrors: cell) }
    }

    private func opened(_ cell: DiffUpCell) throws -> Loaded {
        if let loaded, loaded.cell == cell { return loaded }
        let value = Loaded(
            cell: cell, training: try plan.dataset.training(fold: cell.fold),
            test: try plan.dataset.dataset(.validation, fold: cell.fold),
            elsewhere: try plan.crossDataset?.dataset(.validation, fold: cell.fold))
        loaded = value
        return value
    }

    private func backbone(_ place: Int, _ cell: DiffUpCell) async throws -> any Backbone {
        if let known = try opened(cell).backbones[place] { return known }
        let network = try await choice(place, cell).load(precision: plan.precision).backbone
        loaded?.backbones[place] = network
        return network
    }

    private func choice(_ place: Int, _ cell: DiffUpCell) async throws -> BackboneChoice {
        let given = plan.backbones.count
        return place < given ? plan.backbones[place] : try await trained(plan.ownBackbones[place - given], cell)
    }

    private func words(_ cell: DiffUpCell) async throws -> LoadedWords {
        if let known = try opened(cell).words { return known }
        let made = try await words(behind: choice(0, cell), cell)
        loaded?.words = made
        return made
    }

    /// A network of the run's own, the same for all seeds of a fold.
    private func trained(_ own: DiffUpReproduction.OwnBackbone, _ cell: DiffUpCell) async throws -> BackboneChoice {
        let url = folder.url.appendingPathComponent("backbones/fold\(cell.fold)-\(own.title)")
        let training = BackbonePlan(
            dataset: plan.dataset, fold: cell.fold, description: own.description, precision: plan.precision,
            configuration: plan.settings.pretraining)
        let model = try await BackboneTraining.model(
            of: training, in: url, features: store, compute: compute, observe: observe)
        return BackboneChoice(name: nil, weights: model.path)
    }

    /// The settings of a row behind a backbone.
    private func settings(_ variant: DiffUpVariant, _ backbone: any Backbone, _ cell: DiffUpCell) -> DiffUpSettings {
        var settings = plan.settings
        variant.change(&settings, backbone.levels.first?.channels ?? 0)
        settings.training.seed = cell.seed
        settings.training.precision = plan.precision
        return settings
    }

    private func decoder(_ variant: DiffUpVariant, behind place: Int, _ cell: DiffUpCell) async throws -> any MaskDenoiser {
        let name = "\(variant.id)-behind\(place)"
        if let known = try opened(cell).decoders[name] { return known }
        let backbone = try await backbone(place, cell)
        let settings = settings(variant, backbone, cell)
        let file = try folder.file("\(cell.folder)/\(name).safetensors")
        if !FileManager.default.fileExists(atPath: file.path) {
            try await train(settings, behind: backbone, name, cell, to: file)
        }
        let checkpoint = try DiffUpCheckpoint(contentsOf: file)
        let denoiser = try checkpoint.configuration.makeDenoiser(ParameterScope(.loading))
        try denoiser.load(checkpoint.weights)
        denoiser.freeze()
        loaded?.decoders[name] = denoiser
        return denoiser
    }

    private func train(
        _ settings: DiffUpSettings, behind backbone: any Backbone, _ name: String, _ cell: DiffUpCell, to file: URL
    ) async throws {
        let data = try opened(cell)
        let extractor = PriorExtractor(backbone: backbone, parts: try settings.model.parts(), cacheCapacity: 0)
        let photos = try await RegionTasks.extending(
            data.training, items: data.training.items, plan.settings.training, store: store
        ) { _, _ in try Task.checkCancellation() }
        let examples = TrainingExamples(
            photos, items: data.training.items, extractor: extractor, plan.settings.training,
            resolution: settings.model.decoder.resolution, store: store, digests: data.digests)
        let clock = RunClock("\(cell.folder), \(name): features", total: examples.items.count)
        try await examples.prepare { done, _ in
            self.observe(.progress(clock.progress(done)))
            try Task.checkCancellation()
        }
        let trainer = try DiffUpTrainer(examples, model: settings.model, training: settings.training)
        let state = try folder.file("\(cell.folder)/\(name).state.safetensors")
        if FileManager.default.fileExists(atPath: state.path) { try trainer.loadState(from: state) }
        var callbacks = TrainingCallbacks()
        callbacks.onProgress = { progress in
            let loss = ShortLoss.text(progress.loss)
            self.observe(.progress(RunProgress("\(cell.folder), \(name): training", progress.work, detail: "loss \(loss)")))
        }
        callbacks.checkpointInterval = settings.training.checkpointInterval
        callbacks.onCheckpoint = { _ in try trainer.saveState(to: state) }
        try await trainer.engine.run(callbacks)
        try trainer.saveModel(to: file)
        try? FileManager.default.removeItem(at: state)
    }

    /// The model of a measure.
    private func model(_ measure: DiffUpMeasure, _ cell: DiffUpCell) async throws -> DiffUp {
        let variant = DiffUpVariant.named(measure.variant) ?? .full
        let home = try await backbone(measure.trained, cell)
        let network = try await backbone(measure.backbone, cell)
        let denoiser = try await decoder(variant, behind: measure.trained, cell)
        var configuration = settings(variant, home, cell).model
        if let sampler = measure.sampler { configuration.sampling.sampler = sampler }
        if let steps = measure.steps { configuration.sampling.steps = steps }
        configuration.sampling.seed = cell.seed
        var parts = try configuration.parts()
        guard measure.annotation == .word else {
            return try DiffUp(backbone: network, denoiser: denoiser, parts: parts, cache: cache)
        }
        let words = try await words(cell)
        words.join(&parts)
        return try DiffUp(
            backbone: WordBackbone(network, words.model), denoiser: denoiser, parts: parts, cache: cache)
    }

    /// The photos that are asked about.
    private func asked(_ cell: DiffUpCell, elsewhere: Bool?) throws -> any FewShotDataset {
        let data = try opened(cell)
        return elsewhere == true ? data.elsewhere ?? data.test : data.test
    }

    private func loader(
        _ cell: DiffUpCell, _ rule: AnnotationRule = .mask, elsewhere: Bool? = nil
    ) throws -> EpisodeLoader {
        EpisodeLoader(
            dataset: try asked(cell, elsewhere: elsewhere), annotationRule: rule, annotationSeed: cell.seed,
            givesText: rule == .word)
    }

    /// Nested supports: all numbers of shots are asked about the same queries.
    private func episodes(
        _ cell: DiffUpCell, shots: Int, count: Int, elsewhere: Bool? = nil
    ) throws -> [EpisodeReference] {
        try EpisodeSampler(.vocUniform, seed: cell.seed, supports: .nestedRepeats)
            .episodes(from: asked(cell, elsewhere: elsewhere).items, shots: shots, count: count)
    }

    private func score(_ measure: DiffUpMeasure, _ cell: DiffUpCell) async throws -> EvaluationResult {
        let evaluator = Evaluator(loader: try loader(cell, measure.annotation, elsewhere: measure.elsewhere), resamples: 0)
        let episodes = try episodes(cell, shots: measure.shots, count: plan.settings.episodes, elsewhere: measure.elsewhere)
        let title = "\(cell.folder): \(measure.title)"
        func show(_ step: EvaluationStep) {
            observe(.progress(RunProgress(title, step.progress, detail: "mIoU \(step.runningMeanIoU.percent)")))
        }
        guard measure.variant != DiffUpMeasure.prototypes else {
            let network = try await backbone(measure.backbone, cell)
            let baseline = PriorBaseline(backbone: network, imageSize: plan.settings.model.imageSize)
            return try await evaluator.evaluate(baseline, on: episodes, observe: show)
        }
        if [DiffUpMeasure.word, DiffUpMeasure.blind].contains(measure.variant) {
            let known = try opened(cell).training.classes.map(\.name)
            let baseline = try await words(cell).baseline(measure.variant, behind: backbone(0, cell), known: known)
            return try await evaluator.evaluate(baseline, on: episodes, observe: show)
        }
        return try await evaluator.evaluate(model(measure, cell), on: episodes, observe: show)
    }

    private func look(atPriorsOf place: Int, _ cell: DiffUpCell) async throws {
        let model = try await model(DiffUpMeasure(DiffUpVariant.full.id, backbone: place), cell)
        let loader = try loader(cell)
        var record = DiffUpPriors(cell: cell, backbone: place, values: [], masks: [])
        for reference in try episodes(cell, shots: 1, count: plan.settings.figureEpisodes) {
            try Task.checkCancellation()
            let shown = try loader.load(reference)
            let (prior, mask) = (try model.priorMask(shown.episode), try model.segment(shown.episode).mask())
            for (found, place) in [(prior, \DiffUpPriors.values), (mask, \.masks)] {
                let score = try EpisodeScore(prediction: found, truth: shown.truth, classID: reference.classID)
                record[keyPath: place].append(score.foreground.ratio)
            }
        }
        try priors.append(record)
    }

    private func look(atErrors cell: DiffUpCell) async throws {
        let model = try await model(DiffUpMeasure(DiffUpVariant.full.id), cell)
        let loader = try loader(cell)
        var (sums, noisySums) = ([Double](repeating: 0, count: 3), [Double](repeating: 0, count: 3))
        var count = 0.0
        for reference in try episodes(cell, shots: 1, count: plan.settings.figureEpisodes) {
            try Task.checkCancellation()
            let shown = try loader.load(reference)
            let levels = try model.noiseLevels(shown.episode, truth: shown.truth)
            let (believed, noisy) = (levels.compactMap(\.agreement), levels.compactMap(\.noisyAgreement))
            guard believed.count == sums.count, noisy.count == sums.count else { continue }
            count += 1
            for index in sums.indices {
                sums[index] += believed[index]
                noisySums[index] += noisy[index]
            }
        }
        func means(_ sums: [Double]) -> [Double] { count > 0 ? sums.map { $0 / count } : [] }
        try errors.append(DiffUpErrors(cell: cell, agreements: means(sums), noisyAgreements: means(noisySums)))
    }

    /// The sheets of figures 7 and 9 of the first cell, and figure 6.
    func pictures() async throws -> [(title: String, image: RGBImage)] {
        guard let cell = plan.cells.first else { return [] }
        let own = priors.records.filter { $0.cell == cell }
        let histograms = own.map { PriorHistogram(name: plan.titles[$0.backbone], values: $0.values) }
        let few = try episodes(cell, shots: 1, count: 2)
        let steps = min(plan.settings.model.process.steps, max(SamplingSheet.strip, plan.settings.samplerSteps))
        let slow = try await model(DiffUpMeasure(DiffUpVariant.full.id, steps: steps), cell)
        var sheet = SamplingSheet()
        for reference in few { try sheet.add(slow, reference, loader(cell)) }
        var levels: [[NoiseLevel]] = []
        for reference in few {
            let shown = try loader(cell).load(reference)
            levels.append(try slow.noiseLevels(shown.episode, truth: shown.truth))
        }
        return [
            ("Figure 6: priors of the backbones", PriorHistogram.sheet(histograms).rendered()),
            ("Figure 7: from noise to mask, by annotation", sheet.rendered(title: "From noise to mask, by annotation")),
            (
                "Figure 9: error maps at low, medium and high noise",
                NoiseLevel.sheet(levels, title: "Error maps at three levels of noise").rendered()
            ),
        ]
    }
}

/// A loss in few digits.
private enum ShortLoss {
    static func text(_ loss: Float) -> String { loss.rounded(to: 4) }
}
