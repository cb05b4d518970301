public import TensorCore

/// Scores semantic segmentations of a view's test images: base and novel classes at once.
///
/// Sums are whole numbers, so that matrices of parts of the images add up to that of all, bit by bit.
public struct GeneralizedEvaluator: Sendable {
    /// What is evaluated.
    public var view: GFSSView
    /// Photos and labels.
    public var images: any LabelledImages
    /// Where predictions are compared.
    public var space: IoUSpace
    /// Images that are loaded while others are in use.
    public var prefetch: Int

    /// An evaluator of a view.
    public init(view: GFSSView, images: any LabelledImages, space: IoUSpace = .original, prefetch: Int = 4) {
        (self.view, self.images, self.space, self.prefetch) = (view, images, space, prefetch)
    }

    /// What was counted, and what could not be.
    public struct Counts: Sendable, Equatable {
        /// Pixels by truth and prediction.
        public var matrix: ConfusionMatrix
        /// Images that were counted.
        public var images = 0
        /// What is wrong with the others, one line each.
        public var problems: [String] = []
    }

    /// Evaluates a segmenter.
    ///
    /// - Parameters:
    ///   - segmenter: its classes are those of the view.
    ///   - queries: the images, by default all test images.
    ///   - batchSize: photos that the segmenter gets at once; no score depends on it.
    ///   - observe: called after every batch.
    /// - Throws: `CancellationError`; errors of the data; ``DatasetError`` for a prediction of another size or class; whatever the
    ///   segmenter throws.
    public func evaluate(
        _ segmenter: some SemanticSegmenter, on queries: [String]? = nil, batchSize: Int = 1,
        observe: (WorkProgress) async throws -> Void = { _ in }
    ) async throws -> Counts {
        let queries = queries ?? view.testImages
        var counts = Counts(matrix: ConfusionMatrix(classIDs: view.classIDs))
        let clock = WorkClock(total: queries.count)
        let (images, space) = (images, space)
        let examples = PrefetchSequence(count: queries.count, ahead: prefetch) { position in
            try images.sample(queries[position])
        }
        try await examples.forEachBatch(of: batchSize) { first, batch in
            let predictions = try segmenter.labels(of: batch.map(\.image), in: space)
            guard predictions.count == batch.count else {
                throw DatasetError(
                    file: "prediction", found: "\(predictions.count) predictions for \(batch.count) photos",
                    expected: "one for each", advice: "correct the segmenter")
            }
            for (sample, prediction) in zip(batch, predictions) {
                guard let truth = sample.labels else { continue }
                try counts.matrix.add(prediction: prediction, truth: space.labels(truth))
                counts.images += 1
            }
            try await observe(clock.progress(first + batch.count))
        }
        return counts
    }

    /// Scores a folder of predictions. What is wrong with one file is a problem in the counts, and the rest goes on.
    ///
    /// - Throws: `CancellationError`; ``ImageError`` and ``DatasetError`` for labels of the dataset that cannot be read.
    public func score(
        _ predictions: PredictedLabels, on queries: [String], observe: (WorkProgress) async throws -> Void = { _ in }
    ) async throws -> Counts {
        var counts = Counts(matrix: ConfusionMatrix(classIDs: view.classIDs))
        let clock = WorkClock(total: queries.count)
        let (images, space) = (images, space)
        let examples = PrefetchSequence(count: queries.count, ahead: prefetch) { position in
            let (id, truth) = (queries[position], try images.labels(queries[position]))
            return (truth: space.labels(truth), answer: Result { try predictions.map(id, truth: truth, space: space) })
        }
        try await examples.forEachBatch(of: 1) { first, batch in
            for example in batch {
                do {
                    try counts.matrix.add(prediction: try example.answer.get(), truth: example.truth)
                    counts.images += 1
                } catch {
                    counts.problems.append("\(error)")
                }
            }
            try await observe(clock.progress(first + batch.count))
        }
        return counts
    }
}
