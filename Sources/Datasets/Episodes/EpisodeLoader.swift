/// An episode together with the truth that its segmenter does not see.
public struct LoadedEpisode: Sendable {
    /// The question.
    public var episode: Episode
    /// Where the class in question is in the query, of its size.
    public var truth: ClassMask

    /// Joins question and answer.
    public init(episode: Episode, truth: ClassMask) {
        self.episode = episode
        self.truth = truth
    }
}

/// Turns references into episodes: loads images and makes the supports' annotations.
public struct EpisodeLoader: Sendable {
    /// Where images and masks come from.
    public var dataset: any FewShotDataset
    /// How the supports are annotated.
    public var annotationRule: AnnotationRule
    /// The seed of annotations that are drawn at random.
    public var annotationSeed: UInt64
    /// The resolution of the episodes.
    public var space: IoUSpace
    /// Which pixels of the truth are void.
    public var ignoreRule: IgnoreRule
    /// Whether the segmenter may read the class name as text.
    public var givesText: Bool

    /// A loader of a dataset.
    public init(
        dataset: any FewShotDataset, annotationRule: AnnotationRule = .mask, annotationSeed: UInt64 = 0,
        space: IoUSpace = .original, ignoreRule: IgnoreRule = .void, givesText: Bool = false
    ) {
        self.dataset = dataset
        self.annotationRule = annotationRule
        self.annotationSeed = annotationSeed
        self.space = space
        self.ignoreRule = ignoreRule
        self.givesText = givesText
    }

    /// Loads an episode.
    ///
    /// - Throws: ``ImageError`` for files that cannot be read; ``DatasetError`` when image and mask differ in size
    ///   or a support does not show the class.
    public func load(_ reference: EpisodeReference) throws -> LoadedEpisode {
        let (query, mask) = try pair(reference.query, classID: reference.classID)
        let name = dataset.className(reference.classID)
        let shown = annotationRule.showsSupports ? reference.supports : []
        let supports = try shown.map { id in
            try support(id, classID: reference.classID, className: name)
        }
        let episode = Episode(
            query: space.image(query), supports: supports, classID: reference.classID, className: name,
            text: givesText ? name : nil, queryID: reference.query)
        // What a space adds beside the photo is void by any rule.
        var own = mask
        if ignoreRule == .nothing { own.void = nil }
        return LoadedEpisode(episode: episode, truth: space.mask(own))
    }

    /// Loads episodes ahead of whoever uses them and hands them over in order.
    ///
    /// At most `batchSize + prefetch` of them are in memory. An episode that cannot be loaded ends the run when its turn comes.
    ///
    /// - Parameters:
    ///   - references: the episodes.
    ///   - batchSize: episodes that are handed over together, the last ones in a smaller number.
    ///   - prefetch: episodes that are loaded while a batch is in use.
    ///   - use: takes the position of a batch's first episode, and the batch.
    /// - Throws: `CancellationError` when the task was cancelled, before the next batch; what ``load(_:)`` and `use` throw.
    public func loading(
        _ references: [EpisodeReference], batchSize: Int = 1, prefetch: Int = 2,
        use: (Int, [LoadedEpisode]) async throws -> Void
    ) async throws {
        try await PrefetchSequence(count: references.count, ahead: prefetch) { try load(references[$0]) }
            .forEachBatch(of: batchSize, use)
    }

    private func support(_ id: String, classID: Int, className: String) throws -> Support {
        let (image, found) = try pair(id, classID: classID)
        guard found.object.values.contains(true) else {
            throw DatasetError(
                file: dataset.labelPlace(id), found: "no pixel of class \(classID) (\(className))",
                expected: "a support that shows the class", advice: "remove the pair from the list")
        }
        let mask = space.mask(found).object
        guard mask.values.contains(true) else {
            throw DatasetError(
                file: dataset.labelPlace(id), found: "an object of class \(classID) (\(className)) that vanishes in \(space)",
                expected: "a support whose object has a pixel there", advice: "remove the pair from the list or compare elsewhere"
            )
        }
        let seed = AnnotationRule.seed(annotationSeed, image: id, classID: classID)
        return Support(
            image: space.image(image), annotation: try annotationRule.annotation(for: mask, seed: seed), id: id)
    }

    private func pair(_ id: String, classID: Int) throws -> (RGBImage, ClassMask) {
        let image = try dataset.image(id)
        let mask = try dataset.mask(of: classID, in: id)
        guard image.height == mask.height && image.width == mask.width else {
            throw DatasetError(
                file: dataset.labelPlace(id), found: "\(mask.width)x\(mask.height) pixels",
                expected: "the size of the image, \(image.width)x\(image.height)",
                advice: (try? dataset.photoDoubt(id))?.advice ?? "export the labels in the size of the image")
        }
        return (image, mask)
    }
}
