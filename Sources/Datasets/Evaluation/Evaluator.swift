/// One evaluated episode, as observers see it.
public struct EvaluationStep: Sendable {
    /// The position of the episode, from 0.
    public var index: Int
    /// The number of episodes.
    public var total: Int
    /// What was asked.
    public var reference: EpisodeReference
    /// Question and truth.
    public var loaded: LoadedEpisode
    /// The answer.
    public var prediction: Prediction
    /// Its counts.
    public var score: EpisodeScore
    /// The mean IoU of the episodes so far, over the classes that occurred.
    public var runningMeanIoU: Double
}

/// Drives any segmenter over a list of episodes.
public struct Evaluator: Sendable {
    /// Loads the episodes.
    public var loader: EpisodeLoader
    /// From which probability on a pixel is foreground.
    public var threshold: Float
    /// Bootstrap resamples for the intervals, 0 for none.
    public var resamples: Int

    /// An evaluator of episodes that `loader` loads.
    public init(loader: EpisodeLoader, threshold: Float = 0.5, resamples: Int = 1000) {
        self.loader = loader
        self.threshold = threshold
        self.resamples = resamples
    }

    /// Evaluates a segmenter.
    ///
    /// - Parameters:
    ///   - segmenter: what is evaluated; it sees neither truth nor, unless the loader gives text, the class name.
    ///   - episodes: the episodes, in order.
    ///   - isCancelled: asked before every episode; by default whether the surrounding task was cancelled.
    ///   - observe: called after every episode, for progress bars and pictures; an error that it throws ends the run.
    /// - Throws: `CancellationError`; ``ImageError`` and ``DatasetError`` of the data; whatever the segmenter throws.
    public func evaluate(
        _ segmenter: some EpisodicSegmenter, on episodes: [EpisodeReference],
        isCancelled: () -> Bool = { Task.isCancelled }, observe: (EvaluationStep) throws -> Void = { _ in }
    ) throws -> EvaluationResult {
        let classIDs = loader.dataset.classes.map(\.id)
        var metrics = FewShotMetrics(classIDs: classIDs)
        var scores: [EpisodeScore] = []
        for (index, reference) in episodes.enumerated() {
            if isCancelled() { throw CancellationError() }
            let loaded = try loader.load(reference)
            var question = loaded.episode
            if !loader.givesText { question.className = "" }
            let prediction = try segmenter.segment(question)
            let score = try EpisodeScore(
                prediction: prediction.mask(threshold: threshold), truth: loaded.truth, classID: reference.classID)
            try metrics.add(score)
            scores.append(score)
            let seen = classIDs.map { metrics.totals(ofClass: $0) }.filter { $0.episodes > 0 }
            let sum = seen.reduce(0) { $0 + $1.foreground.ratio }
            try observe(
                EvaluationStep(
                    index: index, total: episodes.count, reference: reference, loaded: loaded,
                    prediction: prediction, score: score, runningMeanIoU: sum / Double(max(seen.count, 1))))
        }
        return try EvaluationResult(
            scores: scores, episodes: episodes, dataset: loader.dataset, resamples: resamples)
    }
}
