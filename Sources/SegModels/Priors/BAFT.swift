public import TensorCore

/// The Backbone-Agnostic Feature Transform (section 3.3.1): features of any backbone to priors that mean the same for all.
///
/// Parameter-free: masked average pooling, a transformation function, affinity enhancement.
public struct BAFT: Sendable {
    /// One prior that is computed: a channel.
    public struct Prior: Sendable {
        /// What layouts and pictures call it.
        public var name: String
        /// The function of equation 9.
        public var transformation: any PriorTransformation
        /// Whether the affinity of equation 11 is applied.
        public var isEnhanced: Bool

        /// Names a prior.
        public init(name: String, _ transformation: any PriorTransformation, isEnhanced: Bool = false) {
            self.name = name
            self.transformation = transformation
            self.isEnhanced = isEnhanced
        }
    }

    /// What is computed, in channel order.
    public let priors: [Prior]
    /// How the query's self-similarity weighs.
    public let affinity: any PriorAffinity

    /// Computes priors.
    public init(priors: [Prior], affinity: any PriorAffinity = CosineAffinity()) {
        self.priors = priors
        self.affinity = affinity
    }

    /// Computes priors by name.
    ///
    /// - Throws: `UnknownName`.
    public init(_ kinds: [PriorKind], affinity: any PriorAffinity = CosineAffinity()) throws(UnknownName) {
        var priors: [Prior] = []
        for kind in kinds { priors.append(try kind.prior()) }
        self.init(priors: priors, affinity: affinity)
    }

    /// The same with another transformation for the priors of one name, plain and enhanced.
    public func replacing(_ name: String, by transformation: any PriorTransformation) -> BAFT {
        let names = [PriorKind(name), PriorKind(name).enhanced].map(\.description)
        let changed = priors.map { prior in
            names.contains(prior.name) ? Prior(name: prior.name, transformation, isEnhanced: prior.isEnhanced) : prior
        }
        return BAFT(priors: changed, affinity: affinity)
    }

    /// Whether a prior is enhanced.
    public var usesAffinity: Bool { priors.contains(where: \.isEnhanced) }

    /// The priors of one level.
    ///
    /// - Parameters:
    ///   - prototypes: of `V` views, pooled from the same level of the same backbone.
    ///   - query: the query's features.
    /// - Returns: raw similarities, `[V, h, w, kinds]`, float32.
    public func callAsFunction(_ prototypes: Prototypes, _ query: QueryFeatures) -> Tensor {
        withoutGradients {
            let views = prototypes.foreground.shape[0]
            var maps = priors.map { $0.transformation.prior(prototypes, query) }
            let enhanced = priors.indices.filter { priors[$0].isEnhanced }
            if !enhanced.isEmpty {
                // All enhanced rows at once: the affinity is read a single time.
                let weights = query.affinity ?? AffinityMatrix(affinity.matrix(of: query))
                let rows = weights.applied(to: .concatenated(enhanced.map { maps[$0] }, axis: 0))
                for (place, index) in enhanced.enumerated() {
                    maps[index] = rows.sliced(axis: 0, from: place * views, count: views)
                }
            }
            return Tensor.stacked(maps, axis: 2)
                .reshaped(to: [views, query.size.height, query.size.width, priors.count])
        }
    }
}
