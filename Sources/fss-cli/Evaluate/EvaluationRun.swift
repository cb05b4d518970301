internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The evaluation of all folds, backbones and methods of a plan.
final class EvaluationRun {
    private let plan: EvaluationPlan
    private let sampling: SamplingOptions
    private let common: CommonOptions
    private let folder: RunFolder
    private let console: Console
    private let start = Date()
    private var loaded: [BackboneChoice: LoadedBackbone] = [:]
    private var cells: [EvaluationCell] = []

    /// Episodes of the training list on which thresholds are chosen.
    private static let fittingEpisodes = 200

    init(plan: EvaluationPlan, sampling: SamplingOptions, common: CommonOptions, folder: RunFolder) {
        self.plan = plan
        self.sampling = sampling
        self.common = common
        self.folder = folder
        console = common.console
    }

    /// Scores everything, writes the folder and prints the tables.
    func evaluate() async throws {
        // A missing file should be found now and not after an hour.
        for choice in plan.backbones { loaded[choice] = try choice.load(precision: common.precisionValue) }
        let names = plan.backbones.compactMap { loaded[$0]?.description.name }
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw CommandError(
                "found two backbones called \(twice), expected different ones; give one a description with another name")
        }
        let records = try plan.checkpoints.map { try FileRecord(URL(fileURLWithPath: $0)) }
        for (index, fold) in plan.folds.enumerated() {
            try await evaluate(fold: fold, checkpoint: records.isEmpty ? nil : records[index])
        }
        let matrix = StitchingMatrix(cells)
        let manifest = RunManifest(
            command: "evaluate", common: common, backbones: plan.backbones.compactMap { loaded[$0].map(BackboneRecord.init) },
            checkpoints: records, settings: plan, started: start)
        try TextFile.writeJSON(manifest.ended(since: start), to: folder.file("manifest.json"))
        let report = EvaluationReport(folder: folder.url.path, matrix: matrix.rows, cells: cells)
        try TextFile.writeJSON(report, to: folder.file("metrics.json"))
        try TextFile.writeCSV(header: matrix.header, rows: matrix.fields, to: folder.file("matrix.csv"))
        try TextFile.writeCSV(header: ClassTable.header, rows: ClassTable.fields(cells), to: folder.file("classes.csv"))
        try folder.commit()
        console.line(
            "\(plan.shots)-shot, \(plan.annotation.rawValue) supports, \(plan.evaluation.episodes * plan.evaluation.repeats) episodes a fold, \(plan.classes.rawValue) classes, protocol \(plan.evaluation.id), IoU space \(plan.evaluation.space): mIoU (FB-IoU) in %"
        )
        console.table(matrix.table)
        console.line()
        console.table(ClassTable.table(cells))
        console.line("Results: \(folder.url.path)")
        try console.emit(report)
    }

    private func evaluate(fold: Int, checkpoint: FileRecord?) async throws {
        let dataset = try evaluated(fold: fold)
        let items = plan.classes == .novel ? dataset.items : baseItems(of: dataset)
        let evaluation = plan.evaluation
        let loader = evaluation.loader(
            for: dataset, annotationRule: plan.annotation, annotationSeed: plan.annotationSeed)
        let episodes = try evaluation.draw(from: items, shots: plan.shots)
        noteMissing(dataset.classes, in: episodes, fold: fold)
        for choice in plan.backbones {
            guard let backbone = loaded[choice] else { continue }
            let task = EvaluationTask(
                fold: fold, backbone: backbone, loader: loader, evaluation: evaluation, episodes: episodes,
                common: common, console: console)
            var decoder = try checkpoint.map { try DiffUpCheckpoint(contentsOf: URL(fileURLWithPath: $0.path)) }
            if var configuration = decoder?.configuration {
                try sampling.apply(to: &configuration, seed: common.seedValue)
                decoder?.configuration = configuration
            }
            let size = decoder?.configuration.imageSize ?? plan.imageSize
            for kind in plan.baselines {
                let prior = try PriorBaseline(backbone: backbone.backbone, prior: kind.prior(), imageSize: size)
                let baseline = try await fitted(prior, kind, fold, task)
                let settings = ["threshold": String(baseline.threshold), "imageSize": String(size)]
                cells.append(try await task.evaluate(baseline, method: kind.description, settings: settings, to: folder))
            }
            guard let decoder, let checkpoint else { continue }
            let model = try decoder.model(behind: backbone.backbone)
            let settings = [
                "threshold": String(evaluation.threshold), "steps": String(decoder.configuration.sampling.steps),
                "ensemble": String(decoder.configuration.sampling.ensemble), "checkpoint": checkpoint.sha256,
            ]
            let cell = try await task.evaluate(model, method: EvaluationCell.diffUp, settings: settings, to: folder)
            cells.append(cell)
            if plan.pictures > 0 { try task.draw(cell, model, count: plan.pictures, to: folder) }
        }
    }

    /// The protocol's mean counts a class without episodes as 0, which a small list or few episodes turn into a low score.
    private func noteMissing(_ classes: [FewShotClass], in episodes: [EpisodeReference], fold: Int) {
        let asked = Set(episodes.map(\.classID))
        let missing = classes.filter { !asked.contains($0.id) }.map(\.name)
        if missing.isEmpty { return }
        console.note(
            "fold \(fold): no episode asks for \(missing.joined(separator: ", ")); mIoU counts a class without episodes as 0")
    }

    /// The dataset whose classes are asked for.
    private func evaluated(fold: Int) throws -> any FewShotDataset {
        if plan.classes == .novel { return try plan.dataset.dataset(.validation, fold: fold) }
        let base = try plan.dataset.dataset(.training, fold: fold)
        if plan.heldOut == 0 { return base }
        return try HeldOutSplit(base, count: plan.heldOut, seed: common.seedValue).heldOut
    }

    /// Contrast has a natural threshold, 0; the others take theirs from base classes.
    private func fitted(_ baseline: PriorBaseline, _ kind: PriorKind, _ fold: Int, _ task: EvaluationTask) async throws
        -> PriorBaseline
    {
        if kind == .contrast { return baseline }
        let dataset = try plan.dataset.dataset(.training, fold: fold)
        let loader = plan.evaluation.loader(
            for: dataset, annotationRule: plan.annotation, annotationSeed: plan.annotationSeed)
        let episodes = try EpisodeSampler(.vocUniform, seed: common.seedValue)
            .episodes(from: baseItems(of: dataset), shots: plan.shots, count: Self.fittingEpisodes)
        let bar = ProgressBar("\(task.title): \(kind) threshold", total: episodes.count, on: console)
        let fitted = try await baseline.fitted(to: episodes, loader: loader) { bar.update($0) }
        bar.finish()
        return fitted
    }

    /// A training list in an order to draw episodes from: mixed, because the sampler walks through it and lists are often
    /// sorted by class, and without classes that have too few images for an episode.
    private func baseItems(of dataset: any FewShotDataset) -> [DatasetItem] {
        let counts = Dictionary(grouping: dataset.items, by: \.classID).mapValues(\.count)
        let usable = dataset.items.filter { counts[$0.classID, default: 0] > plan.shots }
        var random = NumPyRandom(seed: common.seedValue)
        return random.permutation(usable.count).map { usable[$0] }
    }
}

/// What `evaluate --json` prints, and metrics.json.
struct EvaluationReport: Codable {
    var folder: String
    var matrix: [StitchingMatrix.Row]
    var cells: [EvaluationCell]
}
