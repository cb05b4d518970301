public import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore

/// The scores of the demonstration with one kind of annotation.
public struct DemonstrationScore: Codable, Sendable, Hashable {
    /// How supports were annotated.
    public var annotation: AnnotationRule
    /// The training-free prior.
    public var prior: MeanScore
    /// The model.
    public var diffUp: MeanScore
    /// The digest of the episodes.
    public var episodeHash: String
    /// What whoever reads the numbers should know, such as absent classes; nil for nothing.
    public var remarks: [String]?
}

/// What a demonstration decided, for its manifest.
public struct DemonstrationSettings: Codable, Sendable, Hashable {
    /// Episodes for each kind of annotation.
    public var episodes: Int
    /// How masks were drawn.
    public var sampling: SamplingConfiguration
    /// Probabilities from here on are foreground.
    public var threshold: Float
}

/// The tour: drawn objects of unseen classes from a mask, a box and a scribble, scored and drawn.
public struct DemonstrationRun: Sendable {
    /// The kinds of annotation that are shown.
    public static let rules: [AnnotationRule] = [.mask, .box, .scribble]
    /// Rows of pictures for each kind.
    private static let rowsPerRule = 3

    private let dataset: any FewShotDataset
    private let episodes: [EpisodeReference]
    private let loaded: LoadedModel
    private let baseline: PriorBaseline
    private let threshold: Float
    private let compute: ComputeSettings

    /// Prepares fold 0 of Shapes-5i.
    ///
    /// - Parameters:
    ///   - model: what is shown.
    ///   - threshold: probabilities from here on are foreground.
    ///   - count: episodes for each kind of annotation.
    ///   - compute: the seed draws the episodes.
    /// - Throws: `DatasetError` for a number of episodes or a seed out of range.
    public init(
        _ model: LoadedModel, threshold: Float = 0.5, episodes count: Int = 100, compute: ComputeSettings = ComputeSettings()
    ) throws {
        loaded = model
        self.threshold = threshold
        self.compute = compute
        dataset = CachedDataset(Shapes5iDataset(Shapes5i(imagesPerClass: 20), split: .validation, fold: 0))
        baseline = PriorBaseline(backbone: model.backbone.backbone, imageSize: model.configuration.imageSize)
        episodes = try EpisodeSampler(.vocUniform, seed: compute.seed).episodes(from: dataset.items, shots: 1, count: count)
    }

    /// Scores every kind of annotation and writes `demo.png`, `metrics.json` and the manifest.
    ///
    /// - Throws: `CancellationError` when the task was cancelled; errors of files.
    public func run(
        in folder: RunFolder, arguments: [String] = [], observe: RunObserver = { _ in }
    ) async throws -> [DemonstrationScore] {
        let start = Date()
        folder.remarks.forEach { observe(.note($0)) }
        let settings = DemonstrationSettings(
            episodes: episodes.count, sampling: loaded.configuration.sampling, threshold: threshold)
        var manifest = RunManifest(
            command: "demo", arguments: arguments, compute: ComputeRecord(compute),
            backbones: loaded.backbones.map { BackboneRecord($0) }, checkpoints: [loaded.checkpoint], settings: settings,
            started: start)
        manifest.remarks = [dataset.absenceRemark(asking: episodes.map(\.classID))].compactMap { $0 }
        manifest.remarks.forEach { observe(.note($0)) }
        return try await folder.run(manifest, since: start) { _ in
            var scores: [DemonstrationScore] = []
            for rule in Self.rules { scores.append(try await score(rule, observe)) }
            try TextFile.writeJSON(scores, to: folder.file("metrics.json"))
            try ImageFile.save(sheet().rendered(), to: folder.file("demo.png"))
            return scores
        }
    }

    private func loader(_ rule: AnnotationRule) -> EpisodeLoader { EpisodeLoader(dataset: dataset, annotationRule: rule) }

    private func score(_ rule: AnnotationRule, _ observe: RunObserver) async throws -> DemonstrationScore {
        let clock = RunClock("supports with a \(rule.rawValue)", total: 2 * episodes.count)
        let evaluator = Evaluator(loader: loader(rule), threshold: threshold, resamples: 0)
        let prior = try await evaluator.evaluate(baseline, on: episodes) {
            observe(.progress(clock.progress($0.index + 1)))
        }
        let own = try await evaluator.evaluate(loaded.model, on: episodes) {
            observe(.progress(clock.progress(episodes.count + $0.index + 1)))
        }
        return DemonstrationScore(
            annotation: rule, prior: MeanScore(prior), diffUp: MeanScore(own), episodeHash: own.episodeHash,
            remarks: own.remarks)
    }

    /// The same first episodes with every kind of annotation.
    private func sheet() throws -> PictureSheet {
        var rows: [EpisodeRow] = []
        for reference in episodes.prefix(Self.rowsPerRule) {
            for rule in Self.rules {
                let shown = try loader(rule).load(reference)
                let explanation = try loaded.model.explain(shown.episode)
                let caption = try explanation.probabilities.map { map in
                    let score = try EpisodeScore(
                        prediction: map.mask(threshold: threshold), truth: shown.truth, classID: reference.classID)
                    return "IoU \((score.foreground.ratio * 100).rounded(to: 1))"
                }
                rows.append(
                    EpisodeRow(
                        episode: shown.episode, explanation: explanation, truth: shown.truth.object, caption: caption ?? "",
                        threshold: threshold))
            }
        }
        return PictureSheet(title: "Shapes-5i, fold 0: classes that the model never saw", episodes: rows)
    }
}
