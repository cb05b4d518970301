public import Datasets
public import SegModels
internal import TensorCore

/// A trained learner behind its backbone: segments the query of an episode by its supports.
public struct FewShotModel: EpisodicSegmenter {
    /// The network that was trained.
    public let network: any FewShotNetwork
    /// The backbone, with the levels that the network reads.
    public var backbone: any Backbone { features.backbone }
    /// The side of the square that photos are resized to.
    public var imageSize: Int { features.side }
    private let features: SquareFeatures
    private let cache: FeatureCache

    /// Joins a network and a backbone.
    ///
    /// - Parameters:
    ///   - backbone: with the levels that the network was made for.
    ///   - network: is asked.
    ///   - imageSize: the square that photos are resized to; the nearest that the backbone takes is used.
    ///   - cacheCapacity: bytes of maps that are kept for photos that come again; 0 for none.
    public init(backbone: any Backbone, network: any FewShotNetwork, imageSize: Int, cacheCapacity: Int = 1 << 30) {
        self.network = network
        features = SquareFeatures(backbone, side: imageSize)
        cache = FeatureCache(capacity: cacheCapacity)
    }

    /// Segments the query at its own size.
    ///
    /// - Throws: ``FewShotError`` for an episode without usable supports; `DatasetError` of an annotation.
    public func segment(_ episode: Episode) throws -> Prediction {
        guard !episode.supports.isEmpty else { throw FewShotError.noSupport }
        return try withoutGradients {
            let supports = try episode.supports.map { support in
                SupportMaps(levels: maps(support.image), mask: try mask(support))
            }
            let size = Size2D(height: episode.query.height, width: episode.query.width)
            let query = maps(episode.query)
            let placed = supports.map { SupportMaps(levels: $0.levels, mask: $0.mask.placed(beside: query[0])) }
            let found = network.foreground(query: query, supports: placed, size: size)
            return .probabilities(ProbabilityMap(found.converted(to: .float32)))
        }
    }

    private func maps(_ image: RGBImage) -> [Tensor] {
        guard cache.isActive else { return features.maps([image]) }
        let key = ContentKey("square", features.settings, ContentKey(image).digest)
        return cache.tensors(key) { features.maps([image]) }
    }

    private func mask(_ support: Support) throws -> Tensor {
        if support.annotation.kind == .none {
            throw FewShotError.unusableAnnotation(support: support.id, reason: "it has no mask, box, scribble or point")
        }
        let mask = try support.annotation.rasterised(height: support.image.height, width: support.image.width)
        guard mask.boundingBox != nil else {
            throw FewShotError.unusableAnnotation(support: support.id, reason: "its annotation covers no pixel")
        }
        return features.mask(mask)
    }
}
