public import Datasets
public import TensorCore

/// The registration of novel classes: prototypes of the supports become rows of the classifier, then supports, synthetic images and
/// base images are learned together (Syn4Seg's "Base & Novel Class Learning").
public struct GFSSRegistration: Sendable {
    /// How often each kind of example is drawn.
    public struct Mixture: Hashable, RangedConfiguration {
        /// Base images, so that base classes are not forgotten.
        public var base: Float = 1
        /// Supports.
        public var supports: Float = 1
        /// Synthetic images.
        public var synthetic: Float = 1

        public static let ranges: ConfigurationRanges = [
            "base": .real(0...1000), "supports": .real(0...1000), "synthetic": .real(0...1000),
        ]

        /// As many of each.
        public init() {}
    }

    /// The network of base classes.
    public var base: GFSSNetwork
    /// The new classes.
    public var novel: [FewShotClass]
    /// Supports with their masks.
    public var supports: [PhotoSample]
    /// Synthetic images with their pseudo labels.
    public var synthetic: GFSSExamples?
    /// Base images; nil to learn without.
    public var baseExamples: GFSSExamples?

    /// A registration.
    public init(
        _ base: GFSSNetwork, novel: [FewShotClass], supports: [PhotoSample], synthetic: GFSSExamples? = nil,
        baseExamples: GFSSExamples? = nil
    ) {
        (self.base, self.novel, self.supports) = (base, novel, supports)
        (self.synthetic, self.baseExamples) = (synthetic, baseExamples)
    }

    /// The prototypes of the supports in the classifier's map.
    public func prototypes() -> ClassPrototypes {
        var prototypes = ClassPrototypes()
        for support in supports {
            guard let labels = support.labels else { continue }
            prototypes.add(base.features(of: support.image), labels, classes: novel.map(\.id))
        }
        return prototypes
    }

    /// The extended network and the engine that trains it.
    ///
    /// - Throws: ``PseudoLabelError/noPrototype(_:)`` for a class without a support, `ConfigurationError`.
    public func engine(_ training: GFSSTraining, mixture: Mixture = Mixture(), shards: Int? = nil) throws -> (
        network: GFSSNetwork, engine: TrainingEngine
    ) {
        let network = try base.extended(by: novel, directions: prototypes())
        let parts = [(baseExamples, mixture.base), (GFSSExamples(supports), mixture.supports), (synthetic, mixture.synthetic)]
        let sources = parts.compactMap { examples, weight -> GFSSExamples? in
            var examples = examples
            examples?.weight = weight
            return examples
        }
        return (network, try training.engine(network, on: sources, shards: shards))
    }
}
