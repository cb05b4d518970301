public import TensorCore

/// A backbone whose places share a space with words by a ``WordModel``: its levels are as they were.
public final class WordBackbone: JointSpaceBackbone {
    /// The network behind.
    public let inner: any Backbone
    /// What brings its features to the space.
    public let model: WordModel

    /// Joins both.
    ///
    /// - Throws: ``TextEncoderError/configuration(encoder:reason:)`` for a backbone that the model was not trained behind: words mean nothing
    ///   in features of another one.
    public init(_ inner: any Backbone, _ model: WordModel) throws(TextEncoderError) {
        let digest = inner.contentDigest
        guard digest == model.backboneDigest, inner.levels.map(\.channels) == model.channels else {
            throw .configuration(
                encoder: "words",
                reason: "they were trained behind a backbone of digest \(model.backboneDigest.prefix(16)), found "
                    + "\(inner.name) of \(digest.prefix(16)); take that backbone, or train words behind this one with "
                    + "`fss train words --backbone`")
        }
        self.inner = inner
        self.model = model
    }

    public var scope: ParameterScope { inner.scope }
    public var name: String { inner.name }
    public var levels: [FeatureLevel] { inner.levels }
    public var preprocessing: Preprocessing { inner.preprocessing }
    public var precision: Precision { inner.precision }
    public var inputRule: InputRule { inner.inputRule }
    public var space: String { model.text.space }
    public var dimension: Int { model.text.dimension }

    public func features(_ images: Tensor, train: Bool) -> [Tensor] { inner.features(images, train: train) }

    public func jointFeatures(_ images: Tensor) -> Tensor {
        let map = WordModel.joined(inner.features(images))
        let places = map.reshaped(to: [map.count / map.shape[3], map.shape[3]])
        return model.vectors(places).reshaped(to: map.shape.replacing(axis: 3, with: dimension))
    }
}

/// The probability that a place shows what the words say, as the ``WordModel`` learned it.
public struct WordPresence: TextPriorTransformation {
    private let model: WordModel

    /// Takes the scale and the shift of a model.
    public init(_ model: WordModel) { self.model = model }

    public func prior(_ texts: Tensor, _ query: QueryFeatures) -> Tensor { model.presence(texts, query.pixels) }
}
