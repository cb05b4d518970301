internal import Datasets
internal import Foundation
internal import SegModels

/// A score on base classes that a training keeps aside.
public struct HeldOutScore: Codable, Sendable, Hashable {
    /// The step after which it was measured.
    public var step: Int
    /// 0...1.
    public var meanIoU: Double
    /// 0...1.
    public var foregroundBackgroundIoU: Double

    /// The mean IoU for people.
    public var percent: String { (meanIoU * 100).rounded(to: 1) }
}

/// Evaluations during a training; the best weights are kept in a file of their own.
final class HeldOutEvaluation {
    /// The best weights in the run folder.
    static let bestFile = "best.safetensors"

    private let interval: Int
    private let trainer: DiffUpTrainer
    private let backbones: [any Backbone]
    private let evaluator: Evaluator
    private let episodes: [EpisodeReference]
    private let folder: TrainingFolder<DecoderPlan>
    private var log: StepLog?
    /// The best score so far.
    private(set) var best: HeldOutScore?

    /// Draws the episodes.
    init(
        _ plan: DecoderPlan, _ heldOut: FewShotSubset, _ backbones: [any Backbone], _ trainer: DiffUpTrainer,
        _ folder: TrainingFolder<DecoderPlan>
    ) throws {
        let training = plan.settings.training
        interval = training.evaluationInterval
        self.trainer = trainer
        self.backbones = backbones
        self.folder = folder
        let loader = EpisodeLoader(dataset: heldOut, annotationRule: training.annotations.first ?? .mask)
        evaluator = Evaluator(loader: loader, resamples: 0)
        let sampler = EpisodeSampler(.vocUniform, seed: training.seed)
        episodes =
            interval == 0 ? [] : try sampler.episodes(from: heldOut.items, shots: 1, count: plan.evaluationEpisodes)
    }

    /// Opens the log where the trainer stands, and makes up for an evaluation that an interruption left out.
    nonisolated(nonsending) func begin(_ observe: RunObserver) async throws {
        let step = trainer.step
        let log = try StepLog(folder.file("evaluation.csv"), header: ["step", "miou", "fb_iou"], upTo: step)
        self.log = log
        for row in log.kept {
            guard let step = Int(row[0]), let mean = Double(row[1]), let pair = Double(row[2]) else { continue }
            let score = HeldOutScore(step: step, meanIoU: mean, foregroundBackgroundIoU: pair)
            if isBest(score) { best = score }
        }
        guard step > 0, step % interval == 0, !Task.isCancelled, log.kept.last?.first != String(step) else { return }
        try await evaluate(at: step, observe)
    }

    /// Scores the averaged weights of the moment, in the mean over the backbones.
    nonisolated(nonsending) func evaluate(at step: Int, _ observe: RunObserver) async throws {
        let decoder = try trainer.averagedDecoder()
        var results: [EvaluationResult] = []
        do {
            for backbone in backbones {
                let model = try DiffUp(backbone: backbone, denoiser: decoder, parts: trainer.model.parts())
                results.append(try await evaluator.evaluate(model, on: episodes))
            }
        } catch is CancellationError {
            return
        }
        func mean(_ score: (EvaluationResult) -> Double) -> Double { results.map(score).reduce(0, +) / Double(results.count) }
        let score = HeldOutScore(
            step: step, meanIoU: mean(\.meanIoU), foregroundBackgroundIoU: mean(\.foregroundBackgroundIoU))
        try log?.append([String(step), String(score.meanIoU), String(score.foregroundBackgroundIoU)])
        observe(.note("step \(step): \(score.percent) % mIoU on held-out classes"))
        guard isBest(score) else { return }
        best = score
        try trainer.saveModel(to: folder.file(Self.bestFile))
    }

    private func isBest(_ score: HeldOutScore) -> Bool { score.meanIoU > best?.meanIoU ?? -1 }
}
