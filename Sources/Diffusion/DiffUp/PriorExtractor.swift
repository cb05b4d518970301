public import Datasets
public import SegModels
public import TensorCore

/// The backbone half of DiffUp: an episode to raw priors at every level. The only part that knows the backbone.
public final class PriorExtractor: Sendable {
    /// The backbone.
    public let backbone: any Backbone
    /// The settings.
    public let configuration: DiffUpConfiguration
    private let baft: BAFT
    private let cache: FeatureCache

    /// Makes an extractor.
    ///
    /// - Parameters:
    ///   - backbone: turns photos into features.
    ///   - configuration: the model's settings; views, priors and affinity count here.
    ///   - cacheCapacity: bytes of features kept for photos with an id.
    public init(backbone: any Backbone, configuration: DiffUpConfiguration, cacheCapacity: Int = 2 << 30) {
        self.backbone = backbone
        self.configuration = configuration
        baft = BAFT(configuration.priors, affinity: configuration.affinity)
        cache = FeatureCache(capacity: cacheCapacity)
    }

    /// Raw priors of all views, one `[V, h, w, kinds]` a level.
    ///
    /// - Throws: ``DiffUpError`` for an episode without usable supports.
    public func priors(_ episode: Episode) throws -> [Tensor] {
        let prototypes = try prototypes(of: episode.supports)
        return priors(prototypes, query: queryFeatures(episode.query, id: episode.queryID))
    }

    /// Raw priors from prototypes that were pooled before.
    public func priors(_ prototypes: [Prototypes], query: [QueryFeatures]) -> [Tensor] {
        zip(prototypes, query).map { baft($0, $1) }
    }

    /// The query's features and their affinity, one value a level; kept under `id` where there is one.
    public func queryFeatures(_ image: RGBImage, id: String = "") -> [QueryFeatures] {
        let key = id.isEmpty ? nil : "query \(id)"
        let tensors = cache.tensors(key) { () -> [Tensor] in
            let maps = features([image])
            if !baft.usesAffinity { return maps }
            return maps + withoutGradients { maps.map { baft.affinity.matrix(of: QueryFeatures($0)) } }
        }
        let levels = UQDDConfiguration.levels
        return (0..<levels).map { QueryFeatures(tensors[$0], affinity: baft.usesAffinity ? tensors[levels + $0] : nil) }
    }

    /// The prototypes of all views of the supports, one value a level.
    ///
    /// - Throws: ``DiffUpError`` where there is no support or an annotation cannot be used; `DatasetError` of the annotation.
    public func prototypes(of supports: [Support]) throws -> [Prototypes] {
        guard !supports.isEmpty else { throw DiffUpError.noSupport }
        let pooled = try supports.map { try prototypes(of: $0, augmented: supports.count == 1) }
        return (0..<UQDDConfiguration.levels).map { level in .joined(pooled.map { $0[level] }) }
    }

    /// The prototypes of one photo's views under several annotations: one value an annotation, each with one a level. The
    /// backbone runs once for all of them.
    ///
    /// - Parameters:
    ///   - image: the photo.
    ///   - annotations: masks of the photo's size.
    ///   - mask: the crops are placed around it.
    public func prototypes(
        of image: RGBImage, annotatedBy annotations: [BinaryMask], croppingAround mask: BinaryMask
    ) -> [[Prototypes]] {
        let levels = features(configuration.views.views(of: image, mask: mask).map(\.image))
        return annotations.map { annotation in
            let masks = configuration.views.views(of: annotation, placedBy: mask)
            return levels.map { Self.pooled($0, masks) }
        }
    }

    private func prototypes(of support: Support, augmented: Bool) throws -> [Prototypes] {
        if support.annotation.kind == .none {
            throw DiffUpError.unusableAnnotation(support: support.id, reason: "it has no mask, box, scribble or point")
        }
        let mask = try support.annotation.rasterised(height: support.image.height, width: support.image.width)
        guard mask.boundingBox != nil else {
            throw DiffUpError.unusableAnnotation(support: support.id, reason: "its annotation covers no pixel")
        }
        let key = support.id.isEmpty ? nil : "support \(support.id) \(augmented) \(mask.fingerprint)"
        let tensors = cache.tensors(key) {
            let views =
                augmented
                ? configuration.views.views(of: support.image, mask: mask) : [.init(image: support.image, mask: mask)]
            return features(views.map(\.image)).map { Self.pooled($0, views.map(\.mask)) }
                .flatMap { [$0.foreground, $0.background, $0.mean] }
        }
        return (0..<UQDDConfiguration.levels).map { level in
            Prototypes(foreground: tensors[3 * level], background: tensors[3 * level + 1], mean: tensors[3 * level + 2])
        }
    }

    private static func pooled(_ maps: Tensor, _ masks: [BinaryMask]) -> Prototypes {
        .joined(
            masks.enumerated().map { index, mask in
                Prototypes(pooling: maps.sliced(axis: 0, from: index, count: 1), mask: mask.tensor())
            })
    }

    /// Backbone features of photos, resized to the model's square: one `[N, h, w, C]` a level.
    private func features(_ images: [RGBImage]) -> [Tensor] {
        let side = configuration.imageSize
        let batch = images.map { $0.resized(height: side, width: side, filter: .bilinear).tensor() }
        return withoutGradients { backbone.features(.concatenated(batch, axis: 0)) }
    }
}

extension BinaryMask {
    /// 64 bits that tell masks apart in a cache (FNV-1a).
    var fingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for value in values {
            hash ^= value ? 1 : 0
            hash = hash &* 0x100_0000_01b3
        }
        return "\(width)x\(height)-" + String(hash, radix: 16)
    }
}
