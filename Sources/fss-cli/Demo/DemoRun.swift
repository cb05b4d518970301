internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels

/// The episodes of the demo, scored and drawn.
struct DemoRun {
    /// The kinds of annotation that are shown.
    static let rules: [AnnotationRule] = [.mask, .box, .scribble]
    /// Rows of pictures for each kind.
    private static let rowsPerRule = 3

    private let dataset: any FewShotDataset
    private let episodes: [EpisodeReference]
    private let model: DiffUp
    private let baseline: PriorBaseline
    private let threshold: Float

    init(model: LoadedModel, threshold: Float, episodes count: Int, seed: UInt64) throws {
        self.model = model.model
        self.threshold = threshold
        dataset = CachedDataset(Shapes5iDataset(Shapes5i(imagesPerClass: 20), split: .validation, fold: 0))
        baseline = PriorBaseline(
            backbone: model.backbone.backbone, imageSize: model.configuration.imageSize)
        episodes = try EpisodeSampler(.vocUniform, seed: seed).episodes(from: dataset.items, shots: 1, count: count)
    }

    private func loader(_ rule: AnnotationRule) -> EpisodeLoader { EpisodeLoader(dataset: dataset, annotationRule: rule) }

    /// Scores the model and the prior with one kind of annotation.
    func score(_ rule: AnnotationRule, _ console: Console) async throws -> DemoScore {
        let bar = ProgressBar("supports with a \(rule.rawValue)", total: 2 * episodes.count, on: console)
        let evaluator = Evaluator(loader: loader(rule), threshold: threshold, resamples: 0)
        let prior = try await evaluator.evaluate(baseline, on: episodes) { bar.update($0.index + 1) }
        let own = try await evaluator.evaluate(model, on: episodes) { bar.update(episodes.count + $0.index + 1) }
        bar.finish()
        func score(_ result: EvaluationResult) -> StitchingMatrix.Score {
            .init(meanIoU: result.meanIoU, foregroundBackgroundIoU: result.foregroundBackgroundIoU)
        }
        return DemoScore(annotation: rule, prior: score(prior), diffUp: score(own), episodeHash: own.episodeHash)
    }

    /// The same first episodes with every kind of annotation.
    func sheet(_ console: Console) throws -> PictureSheet {
        var rows: [EpisodeRow] = []
        for reference in episodes.prefix(Self.rowsPerRule) {
            for rule in Self.rules {
                try Interruption.check()
                let loaded = try loader(rule).load(reference)
                let explanation = try model.explain(loaded.episode)
                let caption = try explanation.probabilities.map { map in
                    let score = try EpisodeScore(
                        prediction: map.mask(threshold: threshold), truth: loaded.truth, classID: reference.classID)
                    return "IoU \((score.foreground.ratio * 100).rounded(to: 1))"
                }
                rows.append(
                    EpisodeRow(
                        episode: loaded.episode, explanation: explanation, truth: loaded.truth.object,
                        caption: caption ?? "", threshold: threshold))
            }
        }
        return PictureSheet(title: "Shapes-5i, fold 0: classes that the model never saw", episodes: rows)
    }
}
