internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels

/// A score on held-out base classes.
struct HeldOutScore: Codable {
    var step: Int
    /// 0...1.
    var meanIoU: Double
    /// 0...1.
    var foregroundBackgroundIoU: Double

    /// The mean IoU for people.
    var percent: String { (meanIoU * 100).rounded(to: 1) }
}

/// Evaluations during a training; the best weights are kept in a file of their own.
final class HeldOutEvaluation {
    private let interval: Int
    private let trainer: DiffUpTrainer
    private let backbone: any Backbone
    private let configuration: DiffUpConfiguration
    private let evaluator: Evaluator
    private let episodes: [EpisodeReference]
    private let log: StepLog?
    private let folder: TrainingFolder<DecoderPlan>
    private let note: (String) -> Void
    /// The best score so far.
    private(set) var best: HeldOutScore?

    init(
        plan: DecoderPlan, split: HeldOutSplit, backbone: LoadedBackbone, trainer: DiffUpTrainer,
        folder: TrainingFolder<DecoderPlan>, note: @escaping (String) -> Void
    ) throws {
        let training = plan.settings.training
        interval = training.evaluationInterval
        self.trainer = trainer
        self.folder = folder
        self.note = note
        self.backbone = backbone.backbone
        configuration = plan.settings.model
        let loader = EpisodeLoader(dataset: split.heldOut, annotationRule: training.annotations.first ?? .mask)
        evaluator = Evaluator(loader: loader, resamples: 0)
        guard interval > 0 else {
            (episodes, log) = ([], nil)
            return
        }
        episodes = try EpisodeSampler(.vocUniform, seed: training.seed)
            .episodes(from: split.heldOut.items, shots: 1, count: plan.evaluationEpisodes)
        let log = try StepLog(folder.evaluation, header: ["step", "miou", "fb_iou"], upTo: trainer.step)
        self.log = log
        for row in log.kept {
            guard let step = Int(row[0]), let mean = Double(row[1]), let pair = Double(row[2]) else { continue }
            if mean > best?.meanIoU ?? -1 { best = HeldOutScore(step: step, meanIoU: mean, foregroundBackgroundIoU: pair) }
        }
    }

    /// Makes up for an evaluation that an interruption left out.
    nonisolated(nonsending) func catchUp() async throws {
        let step = trainer.step
        guard let log, step > 0, step % interval == 0, !Task.isCancelled else { return }
        if log.kept.last?.first != String(step) { try await evaluate(at: step) }
    }

    /// Scores the averaged weights of the moment.
    nonisolated(nonsending) func evaluate(at step: Int) async throws {
        guard let log else { return }
        let model = try DiffUp(backbone: backbone, denoiser: trainer.averagedDecoder(), parts: configuration.parts())
        let result: EvaluationResult
        do {
            result = try await evaluator.evaluate(model, on: episodes)
        } catch is CancellationError {
            return
        }
        let score = HeldOutScore(step: step, meanIoU: result.meanIoU, foregroundBackgroundIoU: result.foregroundBackgroundIoU)
        try log.append([String(step), String(score.meanIoU), String(score.foregroundBackgroundIoU)])
        note("step \(step): \(score.percent) % mIoU on held-out classes")
        if score.meanIoU > best?.meanIoU ?? -1 {
            best = score
            try trainer.saveModel(to: folder.best)
        }
    }
}
