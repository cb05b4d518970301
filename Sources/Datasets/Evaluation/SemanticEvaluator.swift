public import TensorCore

/// The scores of a semantic segmentation.
public struct SemanticResult: Sendable, Equatable, Codable {
    /// The score of one class.
    public struct ClassResult: Sendable, Equatable, Codable {
        /// The class.
        public var classID: Int
        /// Its name.
        public var name: String
        /// Intersection over union, 0...1; nil where it occurs neither in truth nor in predictions.
        public var iou: Double?

        /// Writes every key, so that an absent score is null and not a missing key.
        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(classID, forKey: .classID)
            try values.encode(name, forKey: .name)
            try values.encode(iou, forKey: .iou)
        }
    }

    /// Mean IoU over the classes that occur, 0...1.
    public var meanIoU: Double
    /// The share of pixels that are named rightly, 0...1.
    public var pixelAccuracy: Double
    /// One row a class of the segmenter.
    public var classes: [ClassResult]
    /// The number of photos.
    public var imageCount: Int
    /// All counts.
    public var matrix: ConfusionMatrix
}

/// Drives a semantic segmenter over the photos of a dataset.
public struct SemanticEvaluator: Sendable {
    /// Where photos and masks come from.
    public var dataset: any FewShotDataset
    /// Photos that the segmenter gets at once.
    public var batchSize: Int
    /// Photos that are loaded while a batch is segmented.
    public var prefetch: Int

    private struct Example: Sendable {
        var image: RGBImage
        var truth: ClassMap
    }

    /// An evaluator of a dataset.
    public init(dataset: any FewShotDataset, batchSize: Int = 1, prefetch: Int = 2) {
        self.dataset = dataset
        self.batchSize = batchSize
        self.prefetch = prefetch
    }

    /// Evaluates a segmenter at the photos' own resolution; its result does not depend on ``batchSize`` and ``prefetch``.
    ///
    /// - Parameters:
    ///   - segmenter: what is evaluated.
    ///   - images: the photos, each once; by default all of the dataset.
    ///   - observe: called after every batch.
    /// - Throws: `CancellationError`; ``ImageError`` and ``DatasetError`` of the data, also for a pixel of a class that the segmenter
    ///   does not have; whatever the segmenter throws.
    public func evaluate(
        _ segmenter: some SemanticSegmenter, on images: [String]? = nil,
        observe: (WorkProgress) async throws -> Void = { _ in }
    ) async throws -> SemanticResult {
        let ids = images ?? Set(dataset.items.map(\.id)).sorted()
        let clock = WorkClock(total: ids.count)
        var matrix = ConfusionMatrix(classIDs: segmenter.classes.map(\.id))
        let dataset = dataset
        let examples = PrefetchSequence(count: ids.count, ahead: prefetch) { position in
            Example(image: try dataset.image(ids[position]), truth: try dataset.classMap(of: ids[position]))
        }
        try await examples.forEachBatch(of: batchSize) { first, batch in
            let predictions = try segmenter.segment(batch.map(\.image))
            guard predictions.count == batch.count else {
                throw DatasetError(
                    file: "prediction", found: "\(predictions.count) predictions for \(batch.count) photos",
                    expected: "one for each", advice: "correct the segmenter")
            }
            for (example, prediction) in zip(batch, predictions) {
                try matrix.add(prediction: prediction.map, truth: example.truth)
            }
            try await observe(clock.progress(first + batch.count))
        }
        let rows = segmenter.classes.map { item in
            SemanticResult.ClassResult(classID: item.id, name: item.name, iou: matrix.iou(ofClass: item.id))
        }
        return SemanticResult(
            meanIoU: matrix.meanIoU, pixelAccuracy: matrix.pixelAccuracy, classes: rows, imageCount: ids.count, matrix: matrix)
    }
}
