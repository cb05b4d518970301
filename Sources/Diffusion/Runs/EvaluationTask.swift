internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// One fold with one backbone: the same episodes for every method.
struct EvaluationTask {
    let plan: EvaluationPlan
    let compute: ComputeSettings
    let fold: Int
    /// At least one; the priors of several are fused.
    let backbones: [LoadedBackbone]
    let loader: EpisodeLoader
    let episodes: [EpisodeReference]
    /// Episodes beside whose query does not hold the class.
    let absent: [EpisodeReference]
    /// Of base classes; nil where no baseline needs them.
    let fitting: FittingEpisodes?
    /// Who shares the episodes.
    let ranks: RunRanks
    /// Supports beside the drawn ones.
    let auxiliary: (any SupportExtension)?
    /// Judges whether the class is there; nil for the surest pixels.
    var presence: PresenceCalibration?
    /// What reads the class's name.
    var words: LoadedWords?

    var title: String { "fold \(fold), \(record.name)" }

    /// The network; of several all names, and the digest of all digests.
    var record: BackboneRecord { BackboneRecord(fusing: backbones) }

    func place(_ method: String) -> String {
        EvaluationCell.folderName(fold: fold, backbone: record.name, method: method)
    }

    /// The score of a method, from an earlier part of the run where it is there.
    func cell(
        _ method: String, among scored: ScoredCells, _ evaluate: () async throws -> EvaluationCell
    ) async throws -> EvaluationCell {
        let earlier = scored.earlier.last {
            $0.fold == fold && $0.backbone == record.name && $0.method == method
        }
        if let earlier { return earlier }
        let cell = try await evaluate()
        try scored.log?.append(cell)
        return cell
    }

    /// A segmenter that sees the supports of ``auxiliary`` as well.
    private func extended(_ segmenter: some EpisodicSegmenter) throws -> (any SupportExtendingSegmenter)? {
        try auxiliary?.around(segmenter, classes: loader.dataset.classes, backbone: backbones[0].backbone)
    }

    /// Scores a baseline.
    func evaluate(
        _ kind: PriorKind, imageSize: Int, to folder: RunFolder, _ observe: @escaping RunObserver
    ) async throws -> EvaluationCell {
        var baseline = try PriorBaseline(backbone: backbones[0].backbone, prior: kind.prior(), imageSize: imageSize)
        if kind.needsFitting, let fitting {
            baseline = try await baseline.fitted(
                to: fitting.episodes, loader: fitting.loader, sharedBy: ranks.communicator
            ) {
                observe(.progress(RunProgress("\(title): \(kind) threshold", $0)))
            }
        }
        let settings = ["threshold": String(baseline.threshold), "imageSize": String(imageSize)]
        let cell = try await evaluate(baseline, method: kind.description, settings: settings, to: folder, observe)
        // Beside a decoder its own pictures tell more.
        if plan.pictures > 0, plan.checkpoints.isEmpty, ranks.isFirst { try draw(cell, baseline, to: folder, observe) }
        return cell
    }

    /// Scores a learner and draws some of its episodes.
    func evaluate(
        _ learner: EvaluatedLearner, _ model: FewShotModel, to folder: RunFolder, _ observe: @escaping RunObserver
    ) async throws -> EvaluationCell {
        let settings = [
            "threshold": String(plan.evaluation.threshold), "imageSize": String(model.imageSize),
            "checkpoint": learner.record.sha256,
        ]
        let cell = try await evaluate(model, method: learner.method, settings: settings, to: folder, observe)
        if plan.pictures > 0, ranks.isFirst { try draw(cell, model, to: folder, observe) }
        return cell
    }

    /// Scores words without a decoder.
    func evaluate(
        _ baseline: WordBaseline, _ method: String, to folder: RunFolder, _ observe: @escaping RunObserver
    ) async throws -> EvaluationCell {
        let settings = ["threshold": "Otsu's, photo by photo", "words": words?.record.sha256 ?? ""]
        let cell = try await evaluate(baseline, method: method, settings: settings, to: folder, observe)
        if plan.pictures > 0, plan.checkpoints.isEmpty, ranks.isFirst { try draw(cell, baseline, to: folder, observe) }
        return cell
    }

    /// Scores a decoder and draws some of its episodes.
    func evaluate(
        _ checkpoint: DiffUpCheckpoint, _ file: FileRecord, to folder: RunFolder, _ observe: @escaping RunObserver
    ) async throws -> EvaluationCell {
        let networks = try backbones.map { loaded -> any Backbone in
            try words.map { try WordBackbone(loaded.backbone, $0.model) } ?? loaded.backbone
        }
        let model = try checkpoint.model(behind: networks) { parts in
            parts.presence = presence
            words?.join(&parts)
        }
        let sampling = checkpoint.configuration.sampling
        var settings = [
            "threshold": String(plan.evaluation.threshold), "steps": String(sampling.steps),
            "ensemble": String(sampling.ensemble), "checkpoint": file.sha256,
        ]
        if backbones.count > 1 {
            settings["fused"] = backbones.map { "\($0.description.name)=\($0.weightsSHA256)" }.joined(separator: " ")
        }
        if sampling.sampler != SamplingConfiguration().sampler { settings["sampler"] = sampling.sampler }
        let counter = StepCounter(model, keepsSignals: plan.fitsPresence == true)
        if let presence {
            settings["presence"] = "calibrated on \(presence.provenance.dataset), \(presence.provenance.episodeHash)"
        }
        if sampling.settledTolerance > 0 { settings["settledTolerance"] = String(sampling.settledTolerance) }
        let cell = try await evaluate(
            counter, method: EvaluationCell.diffUp, settings: settings, to: folder, observe, counting: { counter.steps }
        ) { steps, count in
            guard sampling.settledTolerance > 0, count > 0 else { return [:] }
            return ["meanSteps": (Double(steps) / Double(count)).rounded(to: 2)]
        }
        guard ranks.isFirst else { return cell }
        if plan.fitsPresence == true { try keep(counter.signals, of: cell, to: folder) }
        if plan.figures == true { try figures(of: model, to: folder, observe) }
        if plan.pictures > 0 { try draw(cell, model, to: folder, observe) }
        return cell
    }

    private func evaluate(
        _ segmenter: some EpisodicSegmenter, method: String, settings: [String: String], to folder: RunFolder,
        _ observe: @escaping RunObserver, counting count: @escaping () -> Int = { 0 },
        found: (_ steps: Int, _ episodes: Int) -> [String: String] = { _, _ in [:] }
    ) async throws -> EvaluationCell {
        let start = Date()
        let outcomes = try EpisodeOutcomes(of: place(method), in: folder, ranks)
        // Signals of presence are seen where episodes are segmented, so that all of them are.
        let known = plan.fitsPresence == true ? [:] : outcomes.known
        let sharing = EpisodeSharing(ranks.communicator, known: known, counting: count, deliver: outcomes.append)
        let asked: any EpisodicSegmenter = try extended(segmenter) ?? segmenter
        var result = try await result(of: asked, method, sharing, observe)
        result.repeats = try RepeatScores(
            result.scores.filter(\.isPresent), repeats: plan.evaluation.repeats, classIDs: loader.dataset.classes.map(\.id))
        var settings = settings.merging(found(sharing.steps, result.scores.count)) { _, new in new }
            .merging(auxiliary?.record ?? [:]) { own, _ in own }
        // Tells supports without a mask apart: what all photos share, or what a word activates.
        if plan.annotation.kind == .none { settings["unannotated"] = CoSegmentation().identity }
        if let rule = plan.absent {
            settings["absent"] = "\(absent.count) queries, seed \(rule.seed), version \(AbsentQueries.version)"
        }
        let cell = EvaluationCell(
            fold: fold, backbone: self.record.name, method: method, result: result, settings: settings,
            seconds: Date().timeIntervalSince(start))
        guard ranks.isFirst else { return cell }
        let record = EvaluationRecord(
            protocol: plan.evaluation, loader: loader, episodes: episodes, method: method, backbone: self.record,
            settings: settings)
        let files = try folder.file("\(place(method))/manifest.json").deletingLastPathComponent()
        let manifest = ResultManifest(record, compute: ComputeRecord(compute))
        try ResultFiles.write(result, manifest: manifest, episodes: episodes + absent, to: files)
        outcomes.remove()
        return cell
    }

    private func result(
        of segmenter: some EpisodicSegmenter, _ method: String, _ sharing: EpisodeSharing, _ observe: @escaping RunObserver
    ) async throws -> EvaluationResult {
        func show(_ progress: WorkProgress, _ meanIoU: Double) {
            let detail = "mIoU \((meanIoU * 100).rounded(to: 1))"
            observe(.progress(RunProgress("\(title): \(method)", progress, detail: detail)))
        }
        let isJudged = presence != nil && method == EvaluationCell.diffUp
        let evaluator = Evaluator(
            loader: loader, threshold: plan.evaluation.threshold, presence: isJudged ? .judged : .standard)
        guard let ways = plan.ways, ways > 1 else {
            return try await evaluator.evaluate(segmenter, on: episodes + absent, sharing: sharing, observe: show)
        }
        let joined = try stride(from: 0, to: episodes.count, by: ways).map {
            try NWayReference(Array(episodes[$0..<($0 + ways)]))
        }
        return try await evaluator.evaluate(segmenter, onNWay: joined, sharing: sharing, observe: show)
    }

    /// Draws the best, the median and the worst episodes of a score: a sheet with what the model saw, and figures for the report.
    private func draw(_ cell: EvaluationCell, _ model: DiffUp, to folder: RunFolder, _ observe: RunObserver) throws {
        var rows: [EpisodeRow] = []
        let asked = try extended(model)
        try drawEach(of: cell, to: folder, observe) { loaded, score in
            let episode = try asked?.extended(loaded.episode) ?? loaded.episode
            let explanation = try model.explain(episode)
            rows.append(
                EpisodeRow(
                    episode: episode, explanation: explanation, truth: loaded.truth.object,
                    caption: "IoU \((score * 100).rounded(to: 1))", threshold: plan.evaluation.threshold))
            return explanation.probabilities?.mask(threshold: plan.evaluation.threshold)
        }
        let percent = (cell.result.meanIoU * 100).rounded(to: 1)
        let sheet = PictureSheet(title: "\(title): \(percent) % mIoU; best, median and worst episodes", episodes: rows)
        try ImageFile.save(sheet.rendered(), to: folder.file("pictures/\(place(cell.method)).png"))
    }

    /// Draws figures of a baseline or a learner for the report.
    private func draw(
        _ cell: EvaluationCell, _ baseline: some EpisodicSegmenter, to folder: RunFolder, _ observe: RunObserver
    ) throws {
        let asked: any EpisodicSegmenter = try extended(baseline) ?? baseline
        try drawEach(of: cell, to: folder, observe) { loaded, _ in
            var question = loaded.episode
            if !loader.givesText { question.className = "" }
            return try asked.segment(question).mask(threshold: plan.evaluation.threshold)
        }
    }

    /// Draws the chosen episodes; `answer` gives the mask that was found.
    private func drawEach(
        of cell: EvaluationCell, to folder: RunFolder, _ observe: RunObserver,
        answer: (LoadedEpisode, Double) throws -> BinaryMask?
    ) throws {
        let scores = cell.result.scores.filter(\.isPresent).map(\.foreground.ratio)
        let chosen = EpisodeChoice.ranked(scores, count: plan.pictures)
        let clock = RunClock("\(title): pictures", total: chosen.count)
        var gallery = EpisodeGallery(title: "\(title): \(cell.method)", episodes: [])
        for (number, choice) in chosen.enumerated() {
            try Task.checkCancellation()
            let (reference, score) = (episodes[choice.index], scores[choice.index])
            let loaded = try loader.load(reference)
            if let found = try answer(loaded, score) {
                gallery.episodes.append(
                    try EpisodeFigure(
                        rank: choice.rank, index: choice.index, reference: reference, loaded: loaded, result: found, iou: score))
            }
            observe(.progress(clock.progress(number + 1)))
        }
        try TextFile.writeJSON(gallery, to: folder.file(EvaluationRun.galleryName(cell)))
    }
}
