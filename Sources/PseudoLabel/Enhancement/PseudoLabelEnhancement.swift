public import Datasets
public import TensorCore

/// Adaptive pseudo-label enhancement (Syn4Seg, APE): filtering, then relabelling.
///
/// The paper gives no value; the defaults are those of the project's notes, each a key of its own.
public struct PseudoLabelEnhancement: Hashable, RangedConfiguration {
    /// Whether regions are filtered (APF).
    public var filters = true
    /// lambda of the regions: a region below it is free.
    public var regionThreshold: Float = 0.6
    /// Pixels whose label the labeller is less sure of (0...1) are free, too; 0 leaves the filtering to regions, as the equations have it.
    ///
    /// A network that has seen a class in a few supports calls most of an unseen object background: no region of the class is there to
    /// be filtered, and nothing is free to be relabelled. These are the text's "uncertain areas".
    public var certainty: Float = 0.8
    /// Whether free pixels are named (APR).
    public var relabels = true
    /// beta: how much the supports' prototype counts beside the photo's own.
    public var beta: Float = 0.5
    /// The least cosine of a pixel that is named.
    public var confidence: Float = 0.3
    /// By how much its class has to be ahead of the second.
    public var margin: Float = 0

    public static let ranges: ConfigurationRanges = [
        "regionThreshold": .real(-1...1), "certainty": .real(0...1), "beta": .real(0...1), "confidence": .real(-1...1),
        "margin": .real(0...2),
    ]

    /// The defaults.
    public init() {}

    /// The labels of a photo after each stage.
    public struct Result: Sendable {
        /// After APF; free pixels void.
        public var filtered: ClassMap
        /// After APR; what stays free is void.
        public var relabelled: ClassMap
        /// The regions with their scores.
        public var scores: [PseudoLabelFilter.Score]
        /// Pixels that APR named.
        public var named: Int
    }

    /// Enhances the labels of a photo; a stage that is off passes on what it gets.
    ///
    /// - Parameters:
    ///   - labels: what was predicted.
    ///   - confidence: how sure the labeller is of every pixel; nil where it does not say it.
    ///   - features: of the same photo, `[1, h, w, C]`.
    ///   - prototypes: of supports.
    ///   - candidates: classes that the photo was made to show.
    public func callAsFunction(
        _ labels: ClassMap, confidence: ScalarMap? = nil, _ features: Tensor, _ prototypes: ClassPrototypes, candidates: Set<Int>
    ) -> Result {
        var (kept, scores) =
            filters ? PseudoLabelFilter(threshold: regionThreshold)(labels, features, prototypes) : (labels, [])
        if filters, let confidence {
            for pixel in kept.values.indices where confidence.values[pixel] < certainty { kept.values[pixel] = ClassMap.void }
        }
        guard relabels else { return Result(filtered: kept, relabelled: kept, scores: scores, named: 0) }
        let relabelling = PseudoLabelRelabelling(beta: beta, confidence: self.confidence, margin: margin)
        let (named, count) = relabelling(kept, features, prototypes, candidates: candidates)
        return Result(filtered: kept, relabelled: named, scores: scores, named: count)
    }
}
