public import TensorCore

/// A feature map that a backbone offers.
public struct FeatureLevel: Sendable, Hashable, Codable {
    /// The module whose output it is, named as in the state dict (`layer3.5`). Activations belong to the module that they follow.
    public var tap: String
    /// Channels of the map.
    public var channels: Int
    /// Image pixels per map pixel along each side; sizes round up.
    public var stride: Int

    /// Makes a description.
    public init(tap: String, channels: Int, stride: Int) {
        self.tap = tap
        self.channels = channels
        self.stride = stride
    }
}

/// A network that turns images into feature maps.
///
/// Whatever the network, it returns ``Backbones/levelCount`` maps, from shallow to deep: about stride 8, then a middle and a
/// deep map of about stride 16. What consumes them (priors, a decoder) therefore works with any backbone without being
/// trained again. The maps' channels and strides are in ``levels``; which maps they are is part of the
/// ``BackboneDescription``.
public protocol Backbone: Module {
    /// What messages and manifests call it.
    var name: String { get }
    /// The maps that ``features(_:train:)`` returns, in order; always ``Backbones/levelCount`` of them.
    var levels: [FeatureLevel] { get }
    /// What ``features(_:train:)`` does to raw pixels first.
    var preprocessing: Preprocessing { get }
    /// The type of activations and of the maps.
    var precision: Precision { get }

    /// The feature maps of images.
    ///
    /// - Parameters:
    ///   - images: raw pixels, red, green, blue, 0...255, `[N, H, W, 3]`, uint8 or floating point. The backbone reorders,
    ///     scales and normalises them itself.
    ///   - train: normalises with the statistics of the batch and moves the running ones. Gradients of trainable
    ///     parameters are recorded either way, unless under `withoutGradients`.
    /// - Returns: one map `[N, h, w, channels]` a level, in the type of ``precision``.
    func features(_ images: Tensor, train: Bool) -> [Tensor]
}

extension Backbone {
    /// ``features(_:train:)`` as it is used after training.
    public func features(_ images: Tensor) -> [Tensor] { features(images, train: false) }
}

/// A backbone that may carry the classifier that it was trained with.
public protocol ImageClassifier: Backbone {
    /// The number of classes, nil without a classifier.
    var classCount: Int? { get }

    /// Class scores before softmax.
    ///
    /// - Parameters:
    ///   - images: as for ``Backbone/features(_:train:)``.
    ///   - train: as for ``Backbone/features(_:train:)``.
    /// - Returns: `[N, classes]`.
    /// - Precondition: ``classCount`` is not nil.
    func logits(_ images: Tensor, train: Bool) -> Tensor
}

extension ImageClassifier {
    /// ``logits(_:train:)`` as it is used after training.
    public func logits(_ images: Tensor) -> Tensor { logits(images, train: false) }
}
