public import TensorCore

/// The Uncertainty-Aware Prior Fusion (section 3.3.2): priors of any number of views to a fixed number of channels.
///
/// Per kind the mean and the population variance over the views (equation 12), and the `fixedCount` views whose priors are
/// largest in the mean. Parameter-free and independent of the order of the views.
public struct UAPF: Sendable, Hashable, Codable {
    /// How raw similarities become comparable between backbones.
    public enum Normalization: String, Sendable, Hashable, Codable, CaseIterable {
        /// `(1 + cos) / 2`, the paper's probability space, centred to `2p - 1`.
        case probability
        /// Each kind to mean 0 and half its standard deviation over views and pixels, cut at 2.
        case standardized
        /// Each kind from its minimum to its maximum over views and pixels, to [-1, 1].
        case minimumMaximum
    }

    /// The normalisation.
    public var normalization = Normalization.standardized
    /// Views passed on as they are; 0 switches them off.
    public var fixedCount = 4

    /// The defaults.
    public init() {}

    /// Condition channels for `kinds` priors.
    public func channels(kinds: Int) -> Int { kinds * (2 + fixedCount) }

    /// Raw priors in network units.
    ///
    /// - Parameter priors: `[V, h, w, K]`.
    public func normalized(_ priors: Tensor) -> Tensor {
        let axes = [0, 1, 2]
        switch normalization {
        case .probability: return priors
        case .standardized:
            let centred = priors - priors.mean(axes: axes, keepingDimensions: true)
            let deviation = centred.squared().mean(axes: axes, keepingDimensions: true).squareRoot()
            return (centred / (deviation.clamped(to: 1e-6...Float.infinity) * 2)).clamped(to: -2...2)
        case .minimumMaximum:
            let low = priors.min(axes: axes, keepingDimensions: true)
            let range = priors.max(axes: axes, keepingDimensions: true) - low
            return ((priors - low) / range.clamped(to: 1e-6...Float.infinity)) * 2 - 1
        }
    }

    /// Fuses normalised priors of `V` views.
    ///
    /// - Parameter priors: `[V, h, w, K]`.
    /// - Returns: `[1, h, w, K * (2 + fixedCount)]`: means, variances, then the fixed views.
    public func fused(_ priors: Tensor) -> Tensor {
        let (height, width, kinds) = (priors.shape[1], priors.shape[2], priors.shape[3])
        let mean = priors.mean(axes: [0], keepingDimensions: true)
        let variance = (priors - mean).squared().mean(axes: [0], keepingDimensions: true)
        guard fixedCount > 0 else { return .concatenated([mean, variance], axis: 3) }
        let order = rankedViews(priors)
        let pixels = height * width
        let views = priors.permuted([0, 3, 1, 2]).reshaped(to: [priors.shape[0] * kinds, pixels])
        let fixed = views.gathered(at: Tensor(order, shape: [order.count]))
            .transposed().reshaped(to: [1, height, width, fixedCount * kinds])
        return .concatenated([mean, variance, fixed], axis: 3)
    }

    /// Rows of `[V * K, P]` for the fixed channels, by falling mean similarity; fewer views than channels repeat in turn.
    private func rankedViews(_ priors: Tensor) -> [Int64] {
        let (views, kinds) = (priors.shape[0], priors.shape[3])
        let means = priors.mean(axes: [1, 2]).scalars
        let ranked = (0..<kinds).map { kind in
            (0..<views).sorted { (means[$1 * kinds + kind], $0) < (means[$0 * kinds + kind], $1) }
        }
        return (0..<fixedCount).flatMap { place in
            (0..<kinds).map { kind in Int64(ranked[kind][place % views] * kinds + kind) }
        }
    }
}
