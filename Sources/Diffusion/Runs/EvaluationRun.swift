public import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// What an evaluation found: `metrics.json`.
public struct EvaluationReport: Codable, Sendable {
    /// Where the files lie.
    public var folder: String
    /// The stitching matrix.
    public var matrix: [StitchingMatrix.Row]
    /// Every fold, backbone and method.
    public var cells: [EvaluationCell]
    /// What whoever reads the numbers should know, such as absent classes.
    public var remarks: [String] = []
}

extension EvaluationReport {
    /// Reads `metrics.json`, also one without remarks.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            folder: try values.decode(String.self, forKey: .folder),
            matrix: try values.decode([StitchingMatrix.Row].self, forKey: .matrix),
            cells: try values.decode([EvaluationCell].self, forKey: .cells),
            remarks: try values.decodeIfPresent([String].self, forKey: .remarks) ?? [])
    }
}

/// The evaluation of all folds, backbones and methods of a plan.
public struct EvaluationRun: Sendable {
    /// What is evaluated.
    public let plan: EvaluationPlan
    /// How it computes; the seed is that of sampling, of threshold fitting and of the order of base classes.
    public let compute: ComputeSettings
    /// The manifest of the run so far, for one that is continued.
    private var earlier: RunManifest<EvaluationPlan>?

    /// The cells as they come, a line each.
    public static let cellsName = "cells.jsonl"

    /// Episodes of the training list on which thresholds are chosen.
    static let fittingEpisodes = 200

    /// Prepares an evaluation.
    public init(_ plan: EvaluationPlan, compute: ComputeSettings = ComputeSettings()) {
        self.plan = plan
        self.compute = compute
    }

    /// Continues an earlier evaluation: cells that are scored are not scored again.
    ///
    /// - Parameters:
    ///   - folder: of the run, taken with `RunFolder(resuming:command:)`.
    ///   - threads: in place of the run's.
    ///   - device: in place of the run's.
    ///   - ranks: the processes that go on with it.
    ///   - change: puts files that moved into their new places; digests say whether they hold the same.
    /// - Throws: `RunError` for a folder of another command and a manifest that cannot be read.
    public init(
        resuming folder: RunFolder, threads: Int? = nil, device: String? = nil, ranks: RunRanks = .alone,
        change: (inout EvaluationPlan) -> Void = { _ in }
    ) throws(RunError) {
        let manifest = try RunManifest<EvaluationPlan>(of: folder, command: "evaluate", ranks: ranks)
        var plan = manifest.settings
        change(&plan)
        self.init(plan, compute: manifest.compute.settings(threads: threads, device: device))
        earlier = manifest
    }

    /// Scores everything and writes `metrics.json`, `matrix.csv`, `classes.csv`, `manifest.json`, `report.html`, pictures, and a
    /// folder for every cell as soon as it is scored; what was scored stays, however the run ends.
    ///
    /// - Parameters:
    ///   - folder: for the results.
    ///   - arguments: the words of a command line, for the manifest; a run that is continued keeps those that began it.
    ///   - ranks: the processes that share the episodes; all of them make the same call, and the first one writes.
    ///   - observe: hears of progress, at the first rank.
    /// - Returns: the report, the same at every rank.
    /// - Throws: `CancellationError` when the task was cancelled, `RunError` and the errors of datasets, backbones and
    ///   checkpoints, `CommunicationError`.
    public func run(
        in folder: RunFolder, arguments: [String] = [], ranks: RunRanks = .alone,
        observe: @escaping RunObserver = { _ in }
    ) async throws -> EvaluationReport {
        try plan.validate()
        guard plan.fitsPresence != true || ranks.count == 1 else {
            throw RunError.conflict("--fit-presence runs in one process: start it without a launcher.")
        }
        let start = Date()
        folder.remarks.forEach { observe(.note($0)) }
        let backbones = try loaded()
        backbones.flatMap(\.remarks).forEach { observe(.note($0)) }
        let paths = try EvaluationPlan.checkpoints(plan.checkpoints, folds: plan.folds)
        let records = try paths.map { try FileRecord(URL(fileURLWithPath: $0)) }
        let calibrations = try calibrations(records)
        let auxiliary = try plan.auxiliary?.make(compute)
        let words = try plan.loadedWords(behind: backbones)
        let folds = try plan.folds.enumerated().map { index, fold in
            EvaluatedFold(
                fold: fold, decoder: records.isEmpty ? nil : records[index], presence: calibrations[fold],
                learners: try plan.evaluatedLearners(ofFold: fold, behind: backbones), auxiliary: auxiliary,
                words: words)
        }
        var settings = plan
        settings.auxiliary = auxiliary.flatMap { plan.auxiliary?.pinned(to: $0) }
        let files =
            records + (try calibrationRecords(records, calibrations)) + folds.flatMap { $0.learners.map(\.record) }
            + (words.map { [$0.record] } ?? [])
        let manifest = RunManifest(
            command: "evaluate", arguments: earlier?.arguments ?? arguments, compute: ComputeRecord(compute),
            backbones: backbones.map { BackboneRecord($0) }, checkpoints: files, settings: settings, started: start)
        if let earlier {
            try manifest.checkSameFiles(as: earlier)
            manifest.compute.deviations(from: earlier.compute).forEach { observe(.note($0)) }
        }
        try ranks.requireSame(manifest)
        return try await folder.run(manifest, since: start) { remarks in
            let scored = try ScoredCells(Self.cellsName, in: folder, ranks)
            var told = EvaluationRemarks()
            defer { remarks = told.texts }
            try plan.data.folded().remarks.forEach { told.add($0, observe) }
            if let remark = plan.wordRemark { told.add(remark, observe) }
            if let auxiliary, ranks.isFirst { try writeSheet(of: auxiliary, backbones[0], to: folder) }
            var cells: [EvaluationCell] = []
            for fold in folds {
                cells += try await evaluate(fold, backbones, scored, to: folder, &told, ranks, observe)
            }
            auxiliary?.remarks.forEach { told.add($0, observe) }
            let report = try report(cells, told.texts, to: folder)
            guard ranks.isFirst else { return report }
            var ended = manifest.ended(since: start)
            ended.remarks = told.texts
            try writePage(cells, ended, to: folder)
            return report
        }
    }

    /// Sums up, and writes where the folder is this rank's.
    private func report(_ cells: [EvaluationCell], _ remarks: [String], to folder: RunFolder) throws -> EvaluationReport {
        let matrix = StitchingMatrix(cells)
        let report = EvaluationReport(folder: folder.url.path, matrix: matrix.rows, cells: cells, remarks: remarks)
        guard folder.isOwned else { return report }
        try TextFile.writeJSON(report, to: folder.file("metrics.json"))
        try TextFile.writeCSV(header: matrix.header, rows: matrix.fields, to: folder.file("matrix.csv"))
        try TextFile.writeCSV(header: ClassTable.header, rows: ClassTable(cells).fields, to: folder.file("classes.csv"))
        return report
    }

    /// All networks at once: a missing file should be found at the start and not after an hour.
    private func loaded() throws -> [LoadedBackbone] {
        let loaded = try plan.backbones.map { try $0.load(precision: compute.precision) }
        let names = loaded.map(\.description.name)
        if let twice = loaded.first(where: { item in names.count { $0 == item.description.name } > 1 }) {
            throw RunError.file(
                twice.weightsFile, found: "two backbones called \(twice.description.name)", expected: "different ones",
                advice: "give one a description with another name")
        }
        return loaded
    }

    private func evaluate(
        _ parts: EvaluatedFold, _ backbones: [LoadedBackbone], _ scored: ScoredCells, to folder: RunFolder,
        _ remarks: inout EvaluationRemarks, _ ranks: RunRanks, _ observe: @escaping RunObserver
    ) async throws -> [EvaluationCell] {
        let (fold, record) = (parts.fold, parts.decoder)
        let (dataset, episodes) = try drawn(fold)
        if let remark = plan.evaluation.remark(on: plan.dataset.name) { remarks.add(remark, observe) }
        if let remark = dataset.absenceRemark(asking: episodes.map(\.classID)) { remarks.add("fold \(fold): \(remark)", observe) }
        let absent = try plan.absent?.episodes(beside: episodes, in: dataset) ?? []
        try ranks.requireSame([
            ("list of fold \(fold)", dataset.listHash),
            ("episodes of fold \(fold)", EpisodeReference.hash(of: episodes + absent)),
        ])
        let fitting = try fittingEpisodes(fold, isAlone: record == nil && parts.learners.isEmpty, &remarks, observe)
        var checkpoint = try record.map { try DiffUpCheckpoint(contentsOf: URL(fileURLWithPath: $0.path)) }
        if var configuration = checkpoint?.configuration {
            try (plan.sampling ?? SamplingChoice()).apply(to: &configuration, seed: compute.seed)
            checkpoint?.configuration = configuration
        }
        var cells: [EvaluationCell] = []
        let rows = backbones.map { [$0] } + (plan.fused == true ? [backbones] : [])
        var tasks: [EvaluationTask] = []
        for row in rows {
            let task = EvaluationTask(
                plan: plan, compute: compute, fold: fold, backbones: row, loader: loader(for: dataset), episodes: episodes,
                absent: absent, fitting: fitting, ranks: ranks, auxiliary: parts.auxiliary, presence: parts.presence,
                words: parts.words)
            tasks.append(task)
            // Baselines and learners are of one network; a fused row is its decoder's alone.
            for kind in plan.baselines where row.count == 1 && (fitting != nil || !kind.needsFitting) {
                let size = checkpoint?.configuration.imageSize ?? plan.imageSize
                cells.append(
                    try await task.cell(kind.description, among: scored) {
                        try await task.evaluate(kind, imageSize: size, to: folder, observe)
                    })
            }
            for learner in parts.learners where row.count == 1 {
                guard let model = try learner.model(behind: row[0], among: backbones, &remarks, observe) else { continue }
                cells.append(
                    try await task.cell(learner.method, among: scored) {
                        try await task.evaluate(learner, model, to: folder, observe)
                    })
            }
            for (method, baseline) in try wordBaselines(parts, behind: row[0]) {
                cells.append(
                    try await task.cell(method, among: scored) {
                        try await task.evaluate(baseline, method, to: folder, observe)
                    })
            }
            guard let checkpoint, let record else { continue }
            cells.append(
                try await task.cell(EvaluationCell.diffUp, among: scored) {
                    try await task.evaluate(checkpoint, record, to: folder, observe)
                })
        }
        if plan.fitsPresence == true, let record, let sampling = checkpoint?.configuration.sampling {
            try fitPresence(of: tasks, record, sampling, in: folder, observe)
        }
        return cells
    }

    /// What words find without a decoder.
    private func wordBaselines(
        _ parts: EvaluatedFold, behind backbone: LoadedBackbone
    ) throws -> [(method: String, WordBaseline)] {
        guard let words = parts.words else { return [] }
        let known = try plan.data.dataset(.training, fold: parts.fold).classes.map(\.name)
        return try LoadedWords.methods.map { ($0, try words.baseline($0, behind: backbone.backbone, known: known)) }
    }

    /// The episodes that thresholds of baselines are chosen on; nil where none needs them.
    ///
    /// A dataset of one fold may come without a training list that fits its classes. It has no base classes then: baselines that
    /// need them are left out with a remark, unless nothing else is scored.
    private func fittingEpisodes(
        _ fold: Int, isAlone: Bool, _ remarks: inout EvaluationRemarks, _ observe: RunObserver
    ) throws -> FittingEpisodes? {
        let kinds = plan.baselines.filter(\.needsFitting)
        guard !kinds.isEmpty else { return nil }
        let isNeeded = isAlone && kinds.count == plan.baselines.count
        do {
            let dataset = try plan.data.dataset(.training, fold: fold)
            let items = dataset.shuffledItems(shots: plan.shots, seed: compute.seed)
            let episodes = try EpisodeSampler(.vocUniform, seed: compute.seed)
                .episodes(from: items, shots: plan.shots, count: Self.fittingEpisodes)
            let loader = plan.evaluation.loader(
                for: dataset, annotationRule: plan.annotation, annotationSeed: plan.annotationSeed)
            return FittingEpisodes(loader: loader, episodes: episodes)
        } catch let error as DatasetError {
            guard !isNeeded, try plan.data.folded().foldCount == 1 else { throw error }
            let names = kinds.map(\.description).joined(separator: ", ")
            remarks.add(
                "fold \(fold): \(names) left out, as there are no base classes to choose a threshold on (\(error))", observe)
            return nil
        }
    }

    /// The dataset of a fold, and the episodes that are drawn from it.
    func drawn(_ fold: Int) throws -> (dataset: any FewShotDataset, episodes: [EpisodeReference]) {
        let dataset = try dataset(fold)
        let isNovel = plan.classes == .novel
        let items = isNovel ? dataset.items : dataset.shuffledItems(shots: plan.shots, seed: compute.seed)
        let episodes = try plan.evaluation.draw(from: items, shots: plan.shots)
        return (dataset, try plan.widened(episodes, in: dataset, items: items))
    }

    /// Loads episodes as the plan has them.
    func loader(for dataset: any FewShotDataset) -> EpisodeLoader {
        plan.evaluation.loader(for: dataset, annotationRule: plan.annotation, annotationSeed: plan.annotationSeed)
    }

    /// The dataset whose classes are asked for.
    private func dataset(_ fold: Int) throws -> any FewShotDataset {
        if plan.classes == .novel { return try plan.data.dataset(.validation, fold: fold) }
        let base = try plan.data.dataset(.training, fold: fold)
        return plan.heldOut == 0 ? base : try HeldOutSplit(base, count: plan.heldOut, seed: compute.seed).heldOut
    }
}
