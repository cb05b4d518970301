public import Datasets
public import SegModels
internal import TensorCore

/// Segmentation without training: one prior of one level, thresholded at the query's resolution.
///
/// With `PriorKind.contrast` and threshold 0 this compares every pixel to a foreground and a background prototype; with
/// `PriorKind.foreground` it is the masked-average-pooling baseline of the literature.
public struct PriorBaseline: EpisodicSegmenter {
    /// The prior.
    public let kind: PriorKind
    /// The backbone level, counted from the finest.
    public let level: Int
    /// Raw similarities from here on are foreground.
    public let threshold: Float
    private let extractor: PriorExtractor

    /// Makes a baseline on a backbone.
    ///
    /// - Parameters:
    ///   - backbone: turns photos into features.
    ///   - kind: the prior.
    ///   - level: 0...2; the deepest by default.
    ///   - threshold: raw similarities from here on are foreground.
    ///   - imageSize: the square that photos are resized to.
    public init(backbone: any Backbone, kind: PriorKind = .contrast, level: Int = 2, threshold: Float = 0, imageSize: Int = 320) {
        precondition((0..<UQDDConfiguration.levels).contains(level), "PriorBaseline: level \(level) of 0...2")
        self.kind = kind
        self.level = level
        self.threshold = threshold
        var configuration = DiffUpConfiguration()
        configuration.imageSize = imageSize
        configuration.priors = [kind]
        configuration.views.mirrors = false
        configuration.views.cropScales = []
        extractor = PriorExtractor(backbone: backbone, configuration: configuration)
    }

    private init(_ other: PriorBaseline, threshold: Float) {
        kind = other.kind
        level = other.level
        extractor = other.extractor
        self.threshold = threshold
    }

    /// The same baseline with another threshold; features that it cached are shared.
    public func thresholded(at threshold: Float) -> PriorBaseline { PriorBaseline(self, threshold: threshold) }

    /// Segments the query; several shots are averaged.
    public func segment(_ episode: Episode) throws -> Prediction {
        .mask(try similarities(episode).mask(from: threshold))
    }

    /// The raw prior at the query's resolution.
    public func similarities(_ episode: Episode) throws -> ScalarMap {
        try withoutGradients {
            let query = extractor.queryFeatures(episode.query, id: episode.queryID)
            let prototypes = try extractor.prototypes(of: episode.supports)
            let priors = extractor.priors([prototypes[level]], query: [query[level]])[0]
            let size = Size2D(height: episode.query.height, width: episode.query.width)
            return ScalarMap(priors.mean(axes: [0], keepingDimensions: true).resized(to: size, .bilinear))
        }
    }
}
