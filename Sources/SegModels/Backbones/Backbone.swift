public import TensorCore

/// A feature map that a backbone offers.
public struct FeatureLevel: Sendable, Hashable, Codable {
    /// The module whose output it is, named as in the state dict (`layer3.5`). Activations belong to the module that they follow;
    /// `.preactivation` behind a name means the map before its activation, `.norm` behind a transformer's block its last norm.
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
/// It returns one map or several, from shallow to deep; which they are is part of the ``BackboneDescription``, their channels
/// and strides are in ``levels``. All backbones of one model return as many. By default these are three: one of about stride 8,
/// then a middle and a deep one of about stride 16. What consumes them (priors, a decoder) therefore works with any backbone
/// without being trained again.
public protocol Backbone: Module {
    /// What messages and manifests call it.
    var name: String { get }
    /// The maps that ``features(_:train:)`` returns, in order; at least one.
    var levels: [FeatureLevel] { get }
    /// What ``features(_:train:)`` does to raw pixels first.
    var preprocessing: Preprocessing { get }
    /// The type of activations and of the maps.
    var precision: Precision { get }
    /// The sizes of images that it takes; any, unless the network says otherwise.
    var inputRule: InputRule { get }

    /// The feature maps of images.
    ///
    /// - Parameters:
    ///   - images: raw pixels, red, green, blue, 0...255, `[N, H, W, 3]`, uint8 or floating point. The backbone reorders,
    ///     scales and normalises them itself. Their size is legal by ``inputRule``.
    ///   - train: normalises with the statistics of the batch and moves the running ones. Gradients of trainable
    ///     parameters are recorded either way, unless under `withoutGradients`.
    /// - Returns: one map `[N, h, w, channels]` a level, in the type of ``precision``.
    func features(_ images: Tensor, train: Bool) -> [Tensor]
}

extension Backbone {
    public var inputRule: InputRule { InputRule() }

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
