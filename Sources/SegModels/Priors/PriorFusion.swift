public import TensorCore

/// How the priors of any number of views become a fixed number of condition channels (section 3.3.2).
///
/// Must not depend on the order of the views.
public protocol PriorFusion: Sendable {
    /// What the channels of ``fused(_:)`` mean, for priors called `kinds`.
    func channels(kinds: [String]) -> [ConditionLayout.Meaning]

    /// Raw similarities in network units, comparable between backbones.
    ///
    /// - Parameter priors: `[V, h, w, K]`.
    func normalized(_ priors: Tensor) -> Tensor

    /// Fuses normalised priors of `V` views.
    ///
    /// - Parameter priors: `[V, h, w, K]`.
    /// - Returns: `[1, h, w, C]`, the channels in the order of ``channels(kinds:)``.
    func fused(_ priors: Tensor) -> Tensor

    /// Fuses normalised priors of several backbones, each normalised alone: priors mean the same whatever the backbone, so that those of
    /// several are further views. A backbone given twice is that backbone.
    ///
    /// By default the mean of what each of them alone becomes.
    ///
    /// - Parameter groups: one `[V, h, w, K]` a backbone, at least one; others are brought to the finest grid of all.
    /// - Returns: as ``fused(_:)``.
    func fused(groups: [Tensor]) -> Tensor
}

extension PriorFusion {
    public func fused(groups: [Tensor]) -> Tensor {
        Self.mean(Self.aligned(groups).map { fused($0) })
    }

    /// Maps at the finest grid among them.
    static func aligned(_ groups: [Tensor]) -> [Tensor] {
        let finest = groups.max { $0.shape[1] * $0.shape[2] < $1.shape[1] * $1.shape[2] }
        guard let finest else { preconditionFailure("PriorFusion.fused(groups:): no priors, expected one backbone or more") }
        let size = Size2D(height: finest.shape[1], width: finest.shape[2])
        return groups.map { group in
            let isThere = group.shape[1] == size.height && group.shape[2] == size.width
            return isThere ? group : group.resized(to: size, .bilinear)
        }
    }

    /// The mean of maps `[1, h, w, C]`.
    static func mean(_ maps: [Tensor]) -> Tensor {
        maps.count == 1 ? maps[0] : Tensor.concatenated(maps, axis: 0).mean(axes: [0], keepingDimensions: true)
    }
}

/// What every channel of a level's conditions means: the one place that knows the order. The same for all levels.
public struct ConditionLayout: Sendable, Hashable {
    /// The meaning of one channel.
    public enum Meaning: Sendable, Hashable {
        /// The mean of a prior over the views.
        case mean(String)
        /// The variance of a prior over the views.
        case variance(String)
        /// A prior of one view, that of the given rank (from 0) by falling mean similarity.
        case view(String, rank: Int)
        /// A channel of a query information source.
        case information(String, channel: Int)
        /// Anything else that a fusion makes.
        case other(String)
    }

    /// The channels in order.
    public let channels: [Meaning]

    /// The layout that a fusion of priors and sources of query information make: first the priors' channels, then each source's.
    public init(priors: [String], fusion: some PriorFusion, information: [any QueryInformationSource]) {
        channels =
            fusion.channels(kinds: priors)
            + information.flatMap { source in (0..<source.channelCount).map { .information(source.name, channel: $0) } }
    }

    /// The number of channels.
    public var count: Int { channels.count }

    /// Where a channel is; nil where the layout has none.
    public func index(of meaning: Meaning) -> Int? { channels.firstIndex(of: meaning) }

    /// One channel of conditions `[N, h, w, C]`; nil where the layout has none.
    public func map(_ meaning: Meaning, in conditions: Tensor) -> Tensor? {
        index(of: meaning).map { conditions.sliced(axis: 3, from: $0, count: 1) }
    }
}
