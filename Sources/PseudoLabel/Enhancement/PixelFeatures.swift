public import Datasets
public import SegModels
public import TensorCore

/// What turns a photo into the features that pseudo labels are checked with.
public protocol PixelFeatures: Sendable {
    /// A map of the whole photo, `[1, h, w, C]`, float32.
    func features(of photo: RGBImage) throws -> Tensor
}

/// A level of a backbone.
public struct BackboneFeatures: PixelFeatures {
    /// The network.
    public let backbone: any Backbone
    /// The number of the level.
    public let level: Int
    /// The square that photos are resized to; nil for their own size, as far as the network takes it.
    public let side: Int?

    /// Takes a level, by default the deepest.
    ///
    /// - Precondition: the backbone has the level.
    public init(_ backbone: any Backbone, level: Int? = nil, side: Int? = nil) {
        let level = level ?? backbone.levels.count - 1
        precondition(backbone.levels.indices.contains(level), "BackboneFeatures: level \(level) of \(backbone.levels.count)")
        (self.backbone, self.level, self.side) = (backbone, level, side)
    }

    public func features(of photo: RGBImage) -> Tensor {
        let wished = Size2D(height: side ?? photo.height, width: side ?? photo.width)
        let size = backbone.inputRule.size(near: wished)
        let resized = photo.resized(height: size.height, width: size.width, filter: .bilinear)
        return withoutGradients { backbone.features(resized.tensor())[level].converted(to: .float32) }
    }
}
