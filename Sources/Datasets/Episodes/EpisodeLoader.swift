/// The pixel grid on which predictions are compared with the truth.
public enum IoUSpace: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The query's own resolution.
    case original
    /// A square of this side: images are resized (bilinear, antialiased), labels by nearest neighbour. HSNet: 400.
    case square(Int)

    /// "original" or "square-400".
    public var description: String {
        switch self {
        case .original: "original"
        case .square(let side): "square-\(side)"
        }
    }

    /// Writes ``description``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Reads ``description``.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        if text == "original" {
            self = .original
        } else if text.hasPrefix("square-"), let side = Int(text.dropFirst(7)), side > 0 {
            self = .square(side)
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "unknown IoU space \(text)")
        }
    }
}

/// An episode together with the truth that its segmenter does not see.
public struct LoadedEpisode: Sendable {
    /// The question.
    public var episode: Episode
    /// The labels of the query, of its size.
    public var truth: LabelMap

    /// Joins question and answer.
    public init(episode: Episode, truth: LabelMap) {
        self.episode = episode
        self.truth = truth
    }
}

/// Turns references into episodes: loads images and makes the supports' annotations.
public struct EpisodeLoader: Sendable {
    /// Where images and labels come from.
    public var dataset: any FewShotDataset
    /// How the supports are annotated.
    public var annotationRule: AnnotationRule
    /// The seed of annotations that are drawn at random.
    public var annotationSeed: UInt64
    /// The resolution of the episodes.
    public var space: IoUSpace
    /// Whether the segmenter may read the class name as text.
    public var givesText: Bool

    /// A loader of a dataset.
    public init(
        dataset: any FewShotDataset, annotationRule: AnnotationRule = .mask, annotationSeed: UInt64 = 0,
        space: IoUSpace = .original, givesText: Bool = false
    ) {
        self.dataset = dataset
        self.annotationRule = annotationRule
        self.annotationSeed = annotationSeed
        self.space = space
        self.givesText = givesText
    }

    /// Loads an episode.
    ///
    /// - Throws: ``ImageError`` for files that cannot be read; ``DatasetError`` when image and labels differ in size
    ///   or a support does not show the class.
    public func load(_ reference: EpisodeReference) throws -> LoadedEpisode {
        let (query, truth) = try pair(reference.query)
        let name = dataset.className(reference.classID)
        let supports = try reference.supports.map { id in
            try support(id, classID: reference.classID, className: name)
        }
        let episode = Episode(
            query: query, supports: supports, classID: reference.classID, className: name,
            text: givesText ? name : nil, queryID: reference.query)
        return LoadedEpisode(episode: episode, truth: truth)
    }

    private func support(_ id: String, classID: Int, className: String) throws -> Support {
        let (image, labels) = try pair(id)
        let mask = labels.mask(ofClass: classID)
        guard mask.values.contains(true) else {
            throw DatasetError(
                file: "labels of \(id)", found: "no pixel of class \(classID) (\(className))",
                expected: "a support that shows the class", advice: "remove the pair from the list")
        }
        let seed = AnnotationRule.seed(annotationSeed, image: id, classID: classID)
        return Support(image: image, annotation: try annotationRule.annotation(for: mask, seed: seed), id: id)
    }

    private func pair(_ id: String) throws -> (RGBImage, LabelMap) {
        let image = try dataset.image(id)
        let labels = try dataset.labels(id)
        guard image.width == labels.width && image.height == labels.height else {
            throw DatasetError(
                file: "labels of \(id)", found: "\(labels.width)x\(labels.height) pixels",
                expected: "the size of the image, \(image.width)x\(image.height)",
                advice: "export the labels in the size of the image")
        }
        switch space {
        case .original: return (image, labels)
        case .square(let side):
            return (image.resized(height: side, width: side), labels.resized(height: side, width: side))
        }
    }
}
