internal import Datasets
internal import Foundation

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

    /// What is scored: the model of the moment.
    struct Candidate {
        /// The model behind each of its backbones; scores are their mean.
        var segmenters: [any EpisodicSegmenter]
        /// Writes it.
        var save: (URL) throws -> Void
    }

    private let interval: Int
    private let evaluator: Evaluator
    private let episodes: [EpisodeReference]
    private let folder: URL
    private var log: StepLog?
    /// The best score so far.
    private(set) var best: HeldOutScore?

    /// Draws the episodes.
    init(
        interval: Int, episodes count: Int, of heldOut: FewShotSubset, annotation: AnnotationRule, seed: UInt64, in folder: URL
    ) throws {
        self.interval = interval
        self.folder = folder
        let loader = EpisodeLoader(dataset: heldOut, annotationRule: annotation)
        evaluator = Evaluator(loader: loader, resamples: 0)
        let sampler = EpisodeSampler(.vocUniform, seed: seed)
        episodes = interval == 0 ? [] : try sampler.episodes(from: heldOut.items, shots: 1, count: count)
    }

    /// Opens the log where the training stands, and makes up for an evaluation that an interruption left out.
    nonisolated(nonsending) func begin(
        at step: Int, _ candidate: @autoclosure () throws -> Candidate, _ observe: RunObserver
    ) async throws {
        let log = try StepLog(folder.appendingPathComponent("evaluation.csv"), header: ["step", "miou", "fb_iou"], upTo: step)
        self.log = log
        for row in log.kept {
            guard let step = Int(row[0]), let mean = Double(row[1]), let pair = Double(row[2]) else { continue }
            let score = HeldOutScore(step: step, meanIoU: mean, foregroundBackgroundIoU: pair)
            if isBest(score) { best = score }
        }
        guard step > 0, step % interval == 0, !Task.isCancelled, log.kept.last?.first != String(step) else { return }
        try await evaluate(at: step, candidate(), observe)
    }

    /// Scores the model of the moment.
    nonisolated(nonsending) func evaluate(at step: Int, _ candidate: Candidate, _ observe: RunObserver) async throws {
        var results: [EvaluationResult] = []
        do {
            for segmenter in candidate.segmenters { results.append(try await evaluator.evaluate(segmenter, on: episodes)) }
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
        try candidate.save(folder.appendingPathComponent(Self.bestFile))
    }

    private func isBest(_ score: HeldOutScore) -> Bool { score.meanIoU > best?.meanIoU ?? -1 }
}
