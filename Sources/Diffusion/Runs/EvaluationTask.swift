internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// One fold with one backbone: the same episodes for every method.
struct EvaluationTask {
    let plan: EvaluationPlan
    let compute: ComputeSettings
    let fold: Int
    let backbone: LoadedBackbone
    let loader: EpisodeLoader
    let episodes: [EpisodeReference]
    /// Of base classes; nil where no baseline needs them.
    let fitting: FittingEpisodes?

    private var title: String { "fold \(fold), \(backbone.description.name)" }

    private func place(_ method: String) -> String {
        let name = "fold\(fold)-\(backbone.description.name)-\(method)"
        return String(name.map { $0.isLetter || $0.isNumber || "-_.+".contains($0) ? $0 : "_" })
    }

    /// The score of a method, from an earlier part of the run where it is there.
    func cell(
        _ method: String, among scored: RecordLog<EvaluationCell>, _ evaluate: () async throws -> EvaluationCell
    ) async throws -> EvaluationCell {
        let earlier = scored.records.last {
            $0.fold == fold && $0.backbone == backbone.description.name && $0.method == method
        }
        if let earlier { return earlier }
        let cell = try await evaluate()
        try scored.append(cell)
        return cell
    }

    /// Scores a baseline.
    func evaluate(
        _ kind: PriorKind, imageSize: Int, to folder: RunFolder, _ observe: RunObserver
    ) async throws -> EvaluationCell {
        var baseline = try PriorBaseline(backbone: backbone.backbone, prior: kind.prior(), imageSize: imageSize)
        if kind.needsFitting, let fitting {
            baseline = try await baseline.fitted(to: fitting.episodes, loader: fitting.loader) {
                observe(.progress(RunProgress("\(title): \(kind) threshold", $0)))
            }
        }
        let settings = ["threshold": String(baseline.threshold), "imageSize": String(imageSize)]
        return try await evaluate(baseline, method: kind.description, settings: settings, to: folder, observe)
    }

    /// Scores a decoder and draws some of its episodes.
    func evaluate(
        _ checkpoint: DiffUpCheckpoint, _ record: FileRecord, to folder: RunFolder, _ observe: RunObserver
    ) async throws -> EvaluationCell {
        let model = try checkpoint.model(behind: backbone.backbone)
        let sampling = checkpoint.configuration.sampling
        let settings = [
            "threshold": String(plan.evaluation.threshold), "steps": String(sampling.steps),
            "ensemble": String(sampling.ensemble), "checkpoint": record.sha256,
        ]
        let cell = try await evaluate(model, method: EvaluationCell.diffUp, settings: settings, to: folder, observe)
        if plan.pictures > 0 { try draw(cell, model, to: folder, observe) }
        return cell
    }

    private func evaluate(
        _ segmenter: some EpisodicSegmenter, method: String, settings: [String: String], to folder: RunFolder,
        _ observe: RunObserver
    ) async throws -> EvaluationCell {
        let start = Date()
        let evaluator = Evaluator(loader: loader, threshold: plan.evaluation.threshold)
        let result = try await evaluator.evaluate(segmenter, on: episodes) {
            let detail = "mIoU \(($0.runningMeanIoU * 100).rounded(to: 1))"
            observe(.progress(RunProgress("\(title): \(method)", $0.progress, detail: detail)))
        }
        let record = EvaluationRecord(
            protocol: plan.evaluation, loader: loader, episodes: episodes, method: method, backbone: BackboneRecord(backbone),
            settings: settings)
        let files = try folder.file("\(place(method))/manifest.json").deletingLastPathComponent()
        let manifest = ResultManifest(record, compute: ComputeRecord(compute))
        try ResultFiles.write(result, manifest: manifest, episodes: episodes, to: files)
        return EvaluationCell(
            fold: fold, backbone: backbone.description.name, method: method, result: result, settings: settings,
            seconds: Date().timeIntervalSince(start))
    }

    /// Draws the best, the median and the worst episodes of a score.
    private func draw(_ cell: EvaluationCell, _ model: DiffUp, to folder: RunFolder, _ observe: RunObserver) throws {
        let scores = cell.result.scores.map(\.foreground.ratio)
        let chosen = EpisodeChoice.extremes(of: scores, count: plan.pictures)
        let clock = RunClock("\(title): pictures", total: chosen.count)
        var rows: [EpisodeRow] = []
        for index in chosen {
            let loaded = try loader.load(episodes[index])
            rows.append(
                EpisodeRow(
                    episode: loaded.episode, explanation: try model.explain(loaded.episode), truth: loaded.truth.object,
                    caption: "IoU \((scores[index] * 100).rounded(to: 1))", threshold: plan.evaluation.threshold))
            observe(.progress(clock.progress(rows.count)))
        }
        let percent = (cell.result.meanIoU * 100).rounded(to: 1)
        let sheet = PictureSheet(title: "\(title): \(percent) % mIoU; best, median and worst episodes", episodes: rows)
        try ImageFile.save(sheet.rendered(), to: folder.file("pictures/\(place(cell.method)).png"))
    }
}
