internal import Datasets
internal import Diffusion
internal import Foundation
internal import TensorCore

/// The work of a reproduction: every result is kept as soon as it is there, and not done again.
final class Syn4SegWork {
    let plan: Syn4SegReproduction
    let folder: RunFolder
    private let compute: ComputeSettings
    private let observe: RunObserver
    private let results: SharedLog<Syn4SegResult>
    private let points: SharedLog<Syn4SegSweepPoint>
    private let features: FeatureStore
    /// What this process has labelled, by place.
    private var labelled: [String: [PseudoLabelStage: PseudoLabelQuality.Summary]] = [:]
    /// Whether several ranks are at work.
    private let isShared: Bool

    init(
        _ plan: Syn4SegReproduction, _ folder: RunFolder, _ shared: SharedCells, _ compute: ComputeSettings,
        _ observe: @escaping RunObserver
    ) throws {
        (self.plan, self.folder, self.compute, self.observe) = (plan, folder, compute, observe)
        isShared = shared.ranks.count > 1
        results = try shared.log(folder.file("results.jsonl"))
        points = try shared.log(folder.file("sweeps.jsonl"))
        features = FeatureStore(folder: FeatureStore.standardFolder)
    }

    private func url(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

    /// Trains what several cells need, so that no two ranks train the same; one process trains it when it comes to it.
    func prepare(_ shared: SharedCells) async throws {
        guard isShared else { return }
        var cells: [Syn4SegCell] = []
        for cell in plan.cells where !cells.contains(where: { $0.baseFolder == cell.baseFolder }) { cells.append(cell) }
        try await shared.run(cells.count) { _ = try await base(cells[$0]) }
    }

    /// Does all rows of a cell.
    func finish(_ cell: Syn4SegCell) async throws {
        for variant in plan.variants where !results.records.contains(where: { $0.cell == cell && $0.variant == variant.id }) {
            observe(.note("\(cell.folder): \(variant.title)"))
            let base = try await base(cell)
            var quality: PseudoLabelQuality.Summary?
            if let synthetic = variant.synthetic { quality = try await labelled(synthetic, cell).quality }
            let model = variant.usesSupports ? try await novel(variant, cell) : base
            let scores = try await scores(model, cell, place(of: variant, cell))
            try results.append(
                Syn4SegResult(cell: cell, variant: variant.id, title: variant.title, scores: scores, quality: quality))
        }
    }

    /// Where a row's network is; the scores lie beside. Cells share the one of base classes, which two ranks may score at once.
    private func place(of variant: Syn4SegVariant, _ cell: Syn4SegCell) -> String {
        variant.usesSupports || isShared ? "\(cell.folder)/\(variant.id)" : cell.baseFolder
    }

    /// The values of numbers that are swept, in the cell whose images and networks they share; none where no row has labels of the network.
    var sweeps: [Syn4SegSweep] { swept == nil ? [] : Syn4SegSweep.all(plan.settings.sweeps) }

    /// The labels that sweeps change: those of the whole way.
    private var swept: Syn4SegVariant.Synthetic? {
        plan.variants.last { $0.synthetic?.labeller == .network }?.synthetic
    }

    /// Labels, and where it is asked for scores, at one value of a number. The cell has been done.
    func finish(_ sweep: Syn4SegSweep, of cell: Syn4SegCell) async throws {
        guard let synthetic = swept, !points.records.contains(where: { $0.sweep == sweep }) else { return }
        observe(.note("sweep: \(sweep.parameter.rawValue) \(sweep.value)"))
        var settings = plan.settings.masks
        sweep.parameter.set(sweep.value, in: &settings)
        let masks = "masks-\(sweep.name)"
        let work = try SynthesisFolder(contentsOf: images(of: synthetic.images, cell).path)
        let quality = try await labels(synthetic, cell, settings, name: masks, in: work)
        var point = Syn4SegSweepPoint(
            parameter: sweep.parameter, value: sweep.value, quality: quality[.refined], scores: nil)
        if plan.settings.sweeps.trains {
            let place = "\(cell.folder)/sweep-\(sweep.name)"
            let model = try await novel(at: place, cell, try await set(.refined, masks: masks, in: work))
            point.scores = try await scores(model, cell, place)
        }
        try points.append(point)
    }

    /// The network of base classes.
    private func base(_ cell: Syn4SegCell) async throws -> URL {
        let training = GFSSBasePlan(
            dataset: plan.dataset, convention: plan.convention, fold: cell.fold, backbone: plan.backbones[cell.backbone],
            settings: plan.settings.base, precision: plan.precision)
        return try await trained(training, at: cell.baseFolder)
    }

    /// The network of a row.
    private func novel(_ variant: Syn4SegVariant, _ cell: Syn4SegCell) async throws -> URL {
        guard let synthetic = variant.synthetic else { return try await novel(at: "\(cell.folder)/\(variant.id)", cell, []) }
        let work = try await labelled(synthetic, cell).work
        let set = try await set(synthetic.stage, masks: Self.masks(synthetic), in: work)
        return try await novel(at: "\(cell.folder)/\(variant.id)", cell, set)
    }

    private func novel(at place: String, _ cell: Syn4SegCell, _ sets: [String]) async throws -> URL {
        var settings = plan.settings.novel
        settings.training.seed = cell.seed
        let training = GFSSNovelPlan(
            dataset: plan.dataset, convention: plan.convention, fold: cell.fold, base: try await base(cell).path,
            shots: cell.shots, supportSeed: cell.seed, supports: plan.source(cell).supports, synthetic: sets, settings: settings,
            precision: plan.precision)
        return try await trained(training, at: place)
    }

    private func trained<Plan: TrainingPlan>(_ training: Plan, at place: String) async throws -> URL {
        try await TrainingRun.model(of: training, in: url(place), features: features, compute: compute, observe: observe)
    }

    private static func masks(_ synthetic: Syn4SegVariant.Synthetic) -> String {
        synthetic.labeller == .network ? SynthesisFolder.masksName : "masks-diffup"
    }

    /// Images of a kind with their labels.
    private func labelled(
        _ synthetic: Syn4SegVariant.Synthetic, _ cell: Syn4SegCell
    ) async throws -> (work: SynthesisFolder, quality: PseudoLabelQuality.Summary?) {
        let (place, name) = (images(of: synthetic.images, cell), Self.masks(synthetic))
        let key = "\(place.path)/\(name)"
        if let known = labelled[key] { return (try SynthesisFolder(contentsOf: place.path), known[synthetic.stage]) }
        let work = try await images(synthetic.images, cell)
        let quality = try await labels(synthetic, cell, plan.settings.masks, name: name, in: work)
        labelled[key] = quality
        return (work, quality[synthetic.stage])
    }

    private func labels(
        _ synthetic: Syn4SegVariant.Synthetic, _ cell: Syn4SegCell, _ settings: PseudoLabelSettings, name: String,
        in work: SynthesisFolder
    ) async throws -> [PseudoLabelStage: PseudoLabelQuality.Summary] {
        let network = try await novel(.supports, cell)
        let stage = MaskStage(
            network: network.path, labeller: synthetic.labeller, refiner: plan.refiner, settings: settings, name: name)
        return try await stage.run(in: work, compute: compute, observe: observe).quality
    }

    /// The folders of a set: none where no image is left, as a stage may free everything that the one before it named.
    private func set(_ stage: PseudoLabelStage, masks: String, in work: SynthesisFolder) async throws -> [String] {
        let set = SetStage(stage, minimumPixels: plan.settings.minimumPixels, masks: masks)
        do {
            return [try await set.run(in: work, observe: observe).folder.path]
        } catch let error as PseudoLabelError {
            guard case .emptySet = error else { throw error }
            observe(.note("\(error); the row learns from supports alone"))
            return []
        }
    }

    /// Where the images of a kind are.
    private func images(of kind: Syn4SegVariant.Images, _ cell: Syn4SegCell) -> URL {
        url("\(cell.folder)/synth-\(kind.rawValue)")
    }

    /// Makes the images of a kind: prompts, then images.
    private func images(
        _ kind: Syn4SegVariant.Images, _ cell: Syn4SegCell
    ) async throws -> SynthesisFolder {
        let work = try SynthesisFolder(images(of: kind, cell).path, for: SynthesisPlan(plan.source(cell)))
        var (prompts, images) = (plan.settings.prompts, plan.settings.images)
        // Another seed means other prompts and images, so that intervals hold their variation, too.
        (prompts.grammarSeed, images.seed) = (Int(cell.seed), Int(cell.seed))
        if kind == .classNames {
            images.imagesPerPrompt *= prompts.bank.count
            prompts.bank.count = 1
        }
        let proposer = kind == .classNames ? ProposerChoice.className : plan.proposer
        _ = try await PromptStage(proposer, encoder: plan.encoder, settings: prompts).run(in: work, observe: observe)
        _ = try await ImageStage(plan.generator, settings: images).run(in: work, observe: observe)
        return work
    }

    /// The scores of a network, by the convention's rule of backgrounds.
    private func scores(_ model: URL, _ cell: Syn4SegCell, _ place: String) async throws -> GeneralizedScores {
        var scoring = GeneralizedScoring(
            dataset: plan.dataset, convention: plan.convention, folds: [cell.fold], shots: cell.shots, predictions: model.path)
        (scoring.seeds, scoring.supports) = ([cell.seed], plan.source(cell).supports)
        let folder = try RunFolder(
            url("\(place)-scores").path, command: GeneralizedScoring.evaluationCommand, force: true)
        let report = try await scoring.evaluate(in: folder, precision: plan.precision, observe: observe)
        let rule = plan.convention.baseIncludesBackground
        return rule ? report.withBackground.ofMeans : report.withoutBackground.ofMeans
    }

    /// What was found.
    func report() throws -> Syn4SegReport {
        Syn4SegReport(
            plan, results: results.records(in: plan.cells, \.cell), points: points.records(in: sweeps, \.sweep),
            diversity: try diversity())
    }

    /// The sheets of all stages of the first cell.
    func pictures() throws -> [(title: String, image: RGBImage)] {
        guard let cell = plan.cells.first else { return [] }
        let places = Set(plan.variants.compactMap(\.synthetic).map { "synth-\($0.images.rawValue)/\(Self.masks($0))" }).sorted()
        return try places.compactMap { place in
            let file = url("\(cell.folder)/\(place)/sheet.png")
            guard FileManager.default.fileExists(atPath: file.path) else { return nil }
            return (place, try ImageFile.load(file))
        }
    }

    /// How diverse the images of both kinds of prompts are in the network's eyes, in the first cell.
    private func diversity() throws -> [Syn4SegDiversity] {
        guard let cell = plan.cells.first, !plan.ignoresPrompts else { return [] }
        let file = url("\(cell.baseFolder)/\(GFSSBasePlan.modelFile)")
        let network = try GFSSNetwork.load(contentsOf: file, precision: plan.precision)
        return try [Syn4SegVariant.Images.classNames, .bank].map { kind in
            let work = try SynthesisFolder(contentsOf: images(of: kind, cell).path)
            return try Syn4SegDiversity(work, kind, network)
        }
    }
}
