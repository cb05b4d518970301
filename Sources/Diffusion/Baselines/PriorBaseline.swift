public import Datasets
public import SegModels
internal import TensorCore

/// Segmentation without training: one prior of one level, thresholded at the query's resolution.
///
/// With `BackgroundContrast` and threshold 0 this compares every pixel to a foreground and a background prototype; with
/// `ForegroundCosine` it is the masked-average-pooling baseline of the literature.
public struct PriorBaseline: EpisodicSegmenter, Sendable {
    /// The backbone level, counted from the finest.
    public let level: Int
    /// Raw similarities from here on are foreground.
    public let threshold: Float
    private let extractor: PriorExtractor

    /// Makes a baseline on a backbone.
    ///
    /// - Parameters:
    ///   - backbone: turns photos into features.
    ///   - prior: what is thresholded.
    ///   - level: counted from the finest; the deepest by default.
    ///   - threshold: raw similarities from here on are foreground.
    ///   - imageSize: the square that photos are resized to.
    public init(
        backbone: any Backbone, prior: BAFT.Prior = BAFT.Prior(name: "contrast", BackgroundContrast()), level: Int? = nil,
        threshold: Float = 0, imageSize: Int = 320
    ) {
        let deepest = backbone.levels.count - 1
        self.level = level ?? deepest
        precondition((0...deepest).contains(self.level), "PriorBaseline: level \(self.level) of 0...\(deepest)")
        self.threshold = threshold
        var parts = DiffUpParts(priors: [prior])
        parts.imageSize = imageSize
        var views = SupportViews()
        views.mirrors = false
        views.cropScales = []
        parts.views = views
        extractor = PriorExtractor(backbone: backbone, parts: parts)
    }

    private init(_ other: PriorBaseline, threshold: Float) {
        level = other.level
        extractor = other.extractor
        self.threshold = threshold
    }

    /// The same baseline with another threshold; features that it cached are shared.
    public func thresholded(at threshold: Float) -> PriorBaseline { PriorBaseline(self, threshold: threshold) }

    /// Segments the query; several shots are averaged.
    public func segment(_ episode: Episode) throws -> Prediction {
        let scores = try similarities(episode)
        return .mask(scores.mask(from: threshold))
    }

    /// The raw prior at the query's resolution. Values are similarities, not probabilities.
    public func similarities(_ episode: Episode) throws -> ScalarMap {
        try withoutGradients {
            let query = extractor.queryFeatures(episode.query)
            let prototypes = try extractor.prototypes(of: extractor.annotated(episode, query: query))
            let priors = extractor.priors([prototypes[level]], query: [query[level]])[0]
            let size = Size2D(height: episode.query.height, width: episode.query.width)
            return ScalarMap(priors.mean(axes: [0], keepingDimensions: true).resized(to: size, .bilinear))
        }
    }
}
