public import TensorCore

/// The Backbone-Agnostic Feature Transform (section 3.3.1): features of any backbone to priors that mean the same for all.
///
/// Parameter-free: masked average pooling, a transformation function, affinity enhancement.
public struct BAFT: Sendable {
    /// One prior that is computed.
    public struct Prior: Sendable {
        /// The function of equation 9.
        public var transformation: any PriorTransformation
        /// Whether the affinity of equation 11 is applied.
        public var isEnhanced: Bool

        /// Names a prior.
        public init(_ transformation: any PriorTransformation, isEnhanced: Bool) {
            self.transformation = transformation
            self.isEnhanced = isEnhanced
        }
    }

    /// What is computed, in channel order.
    public let priors: [Prior]
    /// How affinity weighs.
    public let affinity: AffinityOptions

    /// Computes custom priors.
    public init(priors: [Prior], affinity: AffinityOptions = AffinityOptions()) {
        self.priors = priors
        self.affinity = affinity
    }

    /// Computes priors by name.
    public init(_ kinds: [PriorKind], affinity: AffinityOptions = AffinityOptions()) {
        self.init(priors: kinds.map { Prior($0.transformation, isEnhanced: $0.isEnhanced) }, affinity: affinity)
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
            let weights = usesAffinity ? query.affinity ?? affinity.matrix(of: query) : nil
            let maps = priors.map { prior -> Tensor in
                let plain = prior.transformation.prior(prototypes, query)
                guard prior.isEnhanced, let weights else { return plain }
                return plain.matmul(weights, transposed: .right)
            }
            return Tensor.stacked(maps, axis: 2)
                .reshaped(to: [views, query.size.height, query.size.width, priors.count])
        }
    }
}
