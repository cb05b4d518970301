public import TensorCore

/// The Uncertainty-Aware Prior Fusion (section 3.3.2): priors of any number of views to a fixed number of channels.
///
/// Per kind the mean and the population variance over the views (equation 12), and the `fixedCount` views whose priors are
/// largest in the mean. Parameter-free and independent of the order of the views.
public struct UAPF: PriorFusion, Hashable, RangedConfiguration {
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

    public static let ranges: ConfigurationRanges = ["fixedCount": .whole(0...64)]

    /// The defaults.
    public init() {}

    /// Means, variances, then the fixed views, each for all kinds.
    public func channels(kinds: [String]) -> [ConditionLayout.Meaning] {
        kinds.map { .mean($0) } + kinds.map { .variance($0) }
            + (0..<fixedCount).flatMap { rank in kinds.map { .view($0, rank: rank) } }
    }

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

    public func fused(_ priors: Tensor) -> Tensor { fused(groups: [priors]) }

    /// Mean and variance are over the views of all backbones; the view of a rank is the mean of those that have it behind each of them.
    public func fused(groups: [Tensor]) -> Tensor {
        let groups = Self.aligned(groups)
        let priors = groups.count == 1 ? groups[0] : .concatenated(groups, axis: 0)
        let mean = priors.mean(axes: [0], keepingDimensions: true)
        let variance = (priors - mean).squared().mean(axes: [0], keepingDimensions: true)
        guard fixedCount > 0 else { return .concatenated([mean, variance], axis: 3) }
        return .concatenated([mean, variance, Self.mean(groups.map(rankedViews))], axis: 3)
    }

    /// `[1, h, w, fixedCount * K]` by falling mean similarity; fewer views than channels repeat in turn. The ranking stays on
    /// the device.
    private func rankedViews(_ priors: Tensor) -> Tensor {
        let (views, height, width, kinds) = (priors.shape[0], priors.shape[1], priors.shape[2], priors.shape[3])
        let rows = priors.permuted([3, 0, 1, 2]).reshaped(to: [kinds, views, height * width])
        let order = rows.mean(axes: [2]).topK(views, axis: 1).indices
        // Row `kind * views + view` of all rows, place by place and kind by kind.
        let first = Tensor((0..<kinds).map { Int64($0 * views) }, shape: [kinds, 1], beside: order)
        let places = (order + first).transposed()
        let chosen = Tensor.concatenated(
            (0..<fixedCount).map { places.sliced(axis: 0, from: $0 % views, count: 1) }, axis: 0)
        return rows.reshaped(to: [kinds * views, height * width])
            .gathered(at: chosen.flattened())
            .transposed().reshaped(to: [1, height, width, fixedCount * kinds])
    }
}
