public import Datasets
public import SegModels
public import TensorCore

/// The backbone half of DiffUp: an episode to raw priors at every level. The only part that knows the backbone.
///
/// Features and prototypes of photos that come again are kept by the digest of their pixels, annotations, weights and
/// settings: one extractor serves clients whose files are all called `a.jpg`.
public final class PriorExtractor: Sendable {
    /// The backbone.
    public let backbone: any Backbone
    /// The model's parts; priors, affinity, views and image size count here.
    public let parts: DiffUpParts
    private let baft: BAFT
    private let digest: BackboneDigest
    private let cache: FeatureCache

    /// Makes an extractor.
    ///
    /// - Parameters:
    ///   - backbone: turns photos into features.
    ///   - parts: the model's parts.
    ///   - cacheCapacity: bytes of features that are kept; 0 for none.
    public convenience init(backbone: any Backbone, parts: DiffUpParts, cacheCapacity: Int = 2 << 30) {
        self.init(backbone: backbone, parts: parts, cache: FeatureCache(capacity: cacheCapacity))
    }

    /// Makes an extractor that shares what it keeps with others.
    init(backbone: any Backbone, parts: DiffUpParts, cache: FeatureCache) {
        self.backbone = backbone
        self.parts = parts
        baft = parts.baft
        digest = BackboneDigest(backbone)
        self.cache = cache
    }

    /// Raw priors of all views, one `[V, h, w, kinds]` a level.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports.
    public func priors(_ episode: Episode) throws -> [Tensor] { try priors(episode, query: queryFeatures(episode.query)) }

    /// Raw priors of all views on features of the query that were computed before.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports.
    public func priors(_ episode: Episode, query: [QueryFeatures]) throws -> [Tensor] {
        try priors(episode, query: query, words: textPriors(episode))
    }

    /// The same beside priors of the words that were computed before.
    ///
    /// - Parameter shared: the query, for several words; nil for one alone.
    func priors(
        _ episode: Episode, query: [QueryFeatures], words: Tensor?, _ shared: JointPhoto? = nil
    ) throws -> [Tensor] {
        let isTextual = episode.supports.isEmpty && episode.text != nil
        if isTextual, !parts.textPriors.isEmpty { return adding(words, to: nothing(on: query)) }
        var shown = episode
        // Words without a prior of their own: what they find in the query shows the rest of the thing.
        if isTextual, parts.textEncoder != nil { shown.supports = [Support(image: episode.query, annotation: .none)] }
        return adding(words, to: priors(try prototypes(of: annotated(shown, query: query, shared)), query: query))
    }

    /// Priors of no support: zero, one view.
    private func nothing(on query: [QueryFeatures]) -> [Tensor] {
        query.map { level in
            let shape: Shape = [1, level.size.height, level.size.width, parts.priors.count]
            return Tensor(repeating: 0, shape: shape, beside: level.pixels)
        }
    }

    /// Raw priors from prototypes that were pooled before.
    public func priors(_ prototypes: [Prototypes], query: [QueryFeatures]) -> [Tensor] {
        zip(prototypes, query).map { baft($0, $1) }
    }

    /// The query's features and their affinity, one value a level.
    public func queryFeatures(_ image: RGBImage) -> [QueryFeatures] {
        let levels = backbone.levels.count
        let tensors = kept({ ContentKey("query", settings, affinityIdentity, ContentKey(image).digest) }) {
            let maps = features([image])
            return maps + affinities(maps.map { QueryFeatures($0) })
        }
        return (0..<levels).map {
            QueryFeatures(tensors[$0], affinity: baft.usesAffinity ? AffinityMatrix(tensors[levels + $0]) : nil)
        }
    }

    /// The affinity of every level, empty where no prior is enhanced.
    func affinities(_ features: [QueryFeatures]) -> [Tensor] {
        baft.usesAffinity ? withoutGradients { features.map { baft.affinity.matrix(of: $0) } } : []
    }

    /// The prototypes of all views of the supports, one value a level.
    ///
    /// - Throws: ``DiffUpError`` where there is no support or an annotation cannot be used; `DatasetError` of the annotation.
    public func prototypes(of supports: [Support]) throws -> [Prototypes] {
        guard !supports.isEmpty else { throw DiffUpError.noSupport }
        let pooled = try supports.map { try prototypes(of: $0, augmented: supports.count == 1) }
        return backbone.levels.indices.map { level in .joined(pooled.map { $0[level] }) }
    }

    private func prototypes(of support: Support, augmented: Bool) throws -> [Prototypes] {
        if support.annotation.kind == .none {
            throw DiffUpError.unusableAnnotation(support: support.id, reason: "it has no mask, box, scribble or point")
        }
        let mask = try support.annotation.rasterised(height: support.image.height, width: support.image.width)
        guard mask.boundingBox != nil else {
            throw DiffUpError.unusableAnnotation(support: support.id, reason: "its annotation covers no pixel")
        }
        let rule = augmented ? parts.views.identity : "one view"
        let tensors = kept({
            ContentKey("support", settings, rule, ContentKey(support.image).digest, ContentKey(mask).digest)
        }) {
            let views =
                augmented
                ? parts.views.views(of: support.image, annotations: [mask], around: mask)
                : [SupportView(image: support.image, masks: [mask])]
            return Self.flattened(Self.pooled(features(views.map(\.image)), views)[0])
        }
        return Self.prototypes(tensors)
    }

    /// Whether a prior is enhanced.
    var usesAffinity: Bool { baft.usesAffinity }

    /// What decides the affinity; empty where no prior is enhanced.
    var affinityIdentity: String { baft.usesAffinity ? parts.affinity.identity : "" }

    /// What decides features: weights, input size.
    var settings: String { "\(digest.value), \(parts.imageSize) pixels" }

    func kept(_ key: () -> ContentKey, make: () throws -> [Tensor]) rethrows -> [Tensor] {
        cache.isActive ? try cache.tensors(key(), make: make) : try make()
    }

    /// Backbone features of photos, resized to the model's square: one `[N, h, w, C]` a level.
    func features(_ images: [RGBImage]) -> [Tensor] {
        withoutGradients { backbone.features(batch(images)) }
    }

    /// Photos as the backbone takes them, `[N, s, s, 3]`.
    func batch(_ images: [RGBImage]) -> Tensor {
        let side = parts.imageSize
        return .concatenated(images.map { $0.resized(height: side, width: side, filter: .bilinear).tensor() }, axis: 0)
    }

    /// Prototypes of views, pooled under each of their annotations: one value an annotation, each with one a level.
    static func pooled(_ levels: [Tensor], _ views: [SupportView]) -> [[Prototypes]] {
        (views.first?.masks ?? []).indices.map { annotation in
            levels.map { maps in
                .joined(
                    views.enumerated().map { index, view in
                        Prototypes(
                            pooling: maps.sliced(axis: 0, from: index, count: 1), mask: view.masks[annotation].tensor())
                    })
            }
        }
    }

    /// Prototypes of all levels as tensors to keep.
    static func flattened(_ prototypes: [Prototypes]) -> [Tensor] {
        prototypes.flatMap { [$0.foreground, $0.background, $0.mean] }
    }

    /// The inverse of ``flattened(_:)``.
    static func prototypes(_ tensors: [Tensor]) -> [Prototypes] {
        stride(from: 0, to: tensors.count, by: 3).map {
            Prototypes(foreground: tensors[$0], background: tensors[$0 + 1], mean: tensors[$0 + 2])
        }
    }
}
