public import TensorCore

/// One evaluated episode, as observers see it.
public struct EvaluationStep: Sendable {
    /// The position of the episode, from 0.
    public var index: Int
    /// How far the evaluation is, this episode included.
    public var progress: WorkProgress
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
///
/// Episodes are loaded ahead of the segmenter, which gets them in batches. Scores do not depend on either number.
public struct Evaluator: Sendable {
    /// Loads the episodes.
    public var loader: EpisodeLoader
    /// From which probability on a pixel is foreground.
    public var threshold: Float
    /// Bootstrap resamples for the intervals, 0 for none.
    public var resamples: Int
    /// Episodes that the segmenter gets at once.
    public var batchSize: Int
    /// Episodes that are loaded while a batch is segmented.
    public var prefetch: Int
    /// What is read from predictions to tell whether the class is there at all.
    public var presence: PresenceScore

    /// An evaluator of episodes that `loader` loads.
    public init(
        loader: EpisodeLoader, threshold: Float = 0.5, resamples: Int = 1000, batchSize: Int = 1, prefetch: Int = 2,
        presence: PresenceScore = .standard
    ) {
        self.loader = loader
        self.threshold = threshold
        self.resamples = resamples
        self.batchSize = batchSize
        self.prefetch = prefetch
        self.presence = presence
    }

    /// Evaluates a segmenter.
    ///
    /// - Parameters:
    ///   - segmenter: what is evaluated; it sees neither truth nor, unless the loader gives text, the class name.
    ///   - episodes: the episodes, in order; those whose query does not hold the class count for absence alone.
    ///   - observe: called after every episode, in order, for progress bars and pictures; an error that it throws ends the run.
    /// - Throws: `CancellationError` when the task was cancelled, between two steps of the segmenter; ``ImageError`` and ``DatasetError`` of the
    ///   data; whatever the segmenter throws.
    public func evaluate(
        _ segmenter: some EpisodicSegmenter, on episodes: [EpisodeReference],
        observe: (EvaluationStep) async throws -> Void = { _ in }
    ) async throws -> EvaluationResult {
        let classIDs = loader.dataset.classes.map(\.id)
        let clock = WorkClock(total: episodes.count)
        var metrics = FewShotMetrics(classIDs: classIDs)
        var scores: [EpisodeScore] = []
        try await loader.loading(episodes, batchSize: batchSize, prefetch: prefetch) { first, batch in
            let predictions = try await answers(of: segmenter, to: batch)
            for (offset, (loaded, prediction)) in zip(batch, predictions).enumerated() {
                let reference = episodes[first + offset]
                let score = try score(prediction, loaded, reference)
                if score.isPresent { try metrics.add(score) }
                scores.append(score)
                try await observe(
                    EvaluationStep(
                        index: first + offset, progress: clock.progress(first + offset + 1), reference: reference, loaded: loaded,
                        prediction: prediction, score: score, runningMeanIoU: metrics.meanIoU))
            }
        }
        return try EvaluationResult(
            scores: scores, episodes: episodes, dataset: loader.dataset, resamples: resamples, threshold: threshold,
            presence: presence)
    }

    func score(
        _ prediction: Prediction, _ loaded: LoadedEpisode, _ reference: EpisodeReference
    ) throws(DatasetError) -> EpisodeScore {
        let mask = prediction.mask(threshold: threshold)
        var score = try EpisodeScore(prediction: mask, truth: loaded.truth, classID: reference.classID)
        score.boundary = try BoundaryIoU.counts(prediction: mask, truth: loaded.truth)
        score.presence = PresenceObservation(score: presence.value(of: prediction), isPresent: reference.holdsClass)
        return score
    }

    func answers(of segmenter: some EpisodicSegmenter, to batch: [LoadedEpisode]) async throws
        -> [Prediction]
    {
        let questions = batch.map { loaded in
            var question = loaded.episode
            if !loader.givesText { question.className = "" }
            return question
        }
        let predictions = try await segmenter.segment(questions)
        guard predictions.count == questions.count else {
            throw DatasetError(
                file: "prediction", found: "\(predictions.count) predictions for \(questions.count) episodes",
                expected: "one for each", advice: "correct the segmenter")
        }
        return predictions
    }
}
