public import SegModels
public import TensorCore

/// PFENet (Tian et al., "Prior Guided Feature Enrichment Network for Few-Shot Segmentation", TPAMI 2020): a prototype of middle features
/// and a prior of deep ones guide the segmentation of the query's middle features at several scales.
///
/// The deepest level makes the prior, the two before it are reduced and compared. Several supports are averaged. The released network runs
/// its last layer anew on masked features of the support; here the features are masked behind it, as section 3.3 of the paper has it. State
/// dict as the released `PFENet` without its backbone: `cls.{0,3}`, `down_query.0`, `down_supp.0`, and the enrichment's.
public final class PFENet: FewShotNetwork {
    public let scope: ParameterScope
    private let reducedQuery: Conv2d
    private let reducedSupport: Conv2d
    private let enrichment: FeatureEnrichment
    private let head: ScoreHead
    private let configuration: PFENetConfiguration
    private let precision: Precision

    /// Pixels that every mask has beside its own, against masks of none.
    private static let areaOffset: Float = 0.0005

    /// Registers a network.
    ///
    /// - Throws: ``FewShotError/levels(architecture:found:expected:)``.
    public init(
        _ scope: ParameterScope, _ configuration: PFENetConfiguration = PFENetConfiguration(), behind levels: [FeatureLevel],
        precision: Precision = .float32
    ) throws(FewShotError) {
        guard levels.count >= 3 else {
            throw .levels(
                architecture: PFENetConfiguration.title, found: levels.text, expected: "three maps or more, shallow to deep")
        }
        try Array(levels.suffix(1)).checkPairs(ofSide: configuration.imageSize, for: PFENetConfiguration.title)
        self.scope = scope
        self.configuration = configuration
        self.precision = precision
        let channels = levels.suffix(3).dropLast().reduce(0) { $0 + $1.channels }
        let width = configuration.width
        func reduction(_ name: String) -> Conv2d {
            Conv2d(scope[name][0], inputChannels: channels, outputChannels: width, kernelSize: 1, bias: false)
        }
        head = ScoreHead(scope["cls"], width: width, dropout: configuration.headDropout)
        reducedQuery = reduction("down_query")
        reducedSupport = reduction("down_supp")
        enrichment = FeatureEnrichment(
            scope, width: width, sides: configuration.scales, headDropout: configuration.headDropout)
    }

    public func scores(
        query: [Tensor], supports: [SupportMaps], dropout: (_ map: Tensor, _ share: Float) -> Tensor
    ) -> FewShotScores {
        ModulePath.named(PFENetConfiguration.title) {
            let middle = middleMaps(query)
            let size = Size2D(height: middle.shape[1], width: middle.shape[2])
            let features = dropout(reducedQuery(middle, activation: .relu), configuration.featureDropout)
            let deep = query[query.count - 1]
            let prior = withoutGradients {
                mean(
                    supports.map {
                        PriorMask.map(deep, $0.levels[$0.levels.count - 1], mask: $0.mask)
                            .resized(to: size, .bilinear, alignCorners: true)
                    })
            }
            let prototype = mean(supports.map { pooled($0, dropout) })
            let found = enrichment(
                features, prototype: prototype.converted(to: features.dtype), prior: prior.converted(to: features.dtype),
                dropout: dropout)
            return FewShotScores(
                main: head(found.features, dropout: dropout), auxiliary: found.scores,
                auxiliaryWeight: configuration.auxiliaryWeight)
        }
    }

    /// The two maps before the deepest one, the deeper first, at its resolution.
    private func middleMaps(_ levels: [Tensor]) -> Tensor {
        let (shallow, deep) = (levels[levels.count - 3], levels[levels.count - 2])
        let size = Size2D(height: deep.shape[1], width: deep.shape[2])
        let maps = [deep, shallow].map { $0.converted(to: precision.activations) }
        return withoutGradients {
            Tensor.concatenated([maps[0], maps[1].resized(to: size, .bilinear, alignCorners: true)], axis: 3)
        }
    }

    /// The mean of a support's reduced features on its object, `[N, 1, 1, width]`.
    private func pooled(_ support: SupportMaps, _ dropout: (Tensor, Float) -> Tensor) -> Tensor {
        let middle = middleMaps(support.levels)
        let reduced = dropout(reducedSupport(middle, activation: .relu), configuration.featureDropout).converted(to: .float32)
        let size = Size2D(height: middle.shape[1], width: middle.shape[2])
        let mask = support.mask.resized(to: size, .bilinear, alignCorners: true)
        let area = mask.sum(axes: [1, 2], keepingDimensions: true) + Self.areaOffset
        return (reduced * mask).sum(axes: [1, 2], keepingDimensions: true) / area
    }

    private func mean(_ tensors: [Tensor]) -> Tensor {
        let sum = tensors.dropFirst().reduce(tensors[0]) { $0 + $1 }
        return tensors.count == 1 ? sum : sum / Float(tensors.count)
    }
}
