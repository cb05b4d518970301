internal import Datasets
public import TensorCore

/// What a learner knows of supports: their feature maps, and where the object is in them.
///
/// Rows belong to the rows of the query's maps.
public struct SupportMaps: Sendable {
    /// One map `[N, h, w, C]` a level, shallow to deep.
    public var levels: [Tensor]
    /// The annotation, `[N, S, S, 1]`, float32 in 0...1.
    public var mask: Tensor

    /// Joins maps with the object's mask.
    public init(levels: [Tensor], mask: Tensor) {
        self.levels = levels
        self.mask = mask
    }
}

/// What a learner answers: scores of background and object before softmax.
public struct FewShotScores: Sendable {
    /// The answer, `[N, h, w, 2]`, float32.
    public var main: Tensor
    /// Further answers that training compares with the truth, too.
    public var auxiliary: [Tensor]
    /// What the mean loss of ``auxiliary`` counts beside that of ``main``.
    public var auxiliaryWeight: Float

    /// Joins scores.
    public init(main: Tensor, auxiliary: [Tensor] = [], auxiliaryWeight: Float = 1) {
        self.main = main
        self.auxiliary = auxiliary
        self.auxiliaryWeight = auxiliaryWeight
    }

    /// The cross-entropy that training lowers, at the resolution of the target.
    ///
    /// - Parameter target: `[N, S, S]`, int64: 0 background, 1 object, ``ignored`` for what does not count.
    public func loss(_ target: Tensor) -> Tensor {
        let size = Size2D(height: target.shape[1], width: target.shape[2])
        func entropy(_ scores: Tensor) -> Tensor {
            scores.resized(to: size, .bilinear, alignCorners: true).crossEntropy(target: target, ignoreIndex: Self.ignored)
        }
        let own = entropy(main)
        guard let first = auxiliary.first, auxiliaryWeight > 0 else { return own }
        let sum = auxiliary.dropFirst().reduce(entropy(first)) { $0 + entropy($1) }
        return own + sum * (auxiliaryWeight / Float(auxiliary.count))
    }

    /// The target of pixels that do not count.
    public static let ignored = 255
}

/// A network that segments a query by what a frozen backbone says of it and of annotated supports, and learns that from episodes of
/// base classes: HSNet, PFENet and their like.
///
/// It sees maps and never photos, so that whoever trains it may keep them. The paths of its parameters are those of its published
/// checkpoints.
public protocol FewShotNetwork: Module {
    /// Scores of queries by one or several supports each.
    ///
    /// - Parameters:
    ///   - query: one map `[N, h, w, C]` a level, shallow to deep.
    ///   - supports: one value a shot.
    ///   - dropout: drops whole channels of a map with a probability; returns the map where nothing is trained.
    func scores(
        query: [Tensor], supports: [SupportMaps], dropout: (_ map: Tensor, _ share: Float) -> Tensor
    ) -> FewShotScores

    /// The probability of the object, `[N, H, W, 1]`; the class is where it is at least one half.
    ///
    /// - Parameters:
    ///   - query: as for ``scores(query:supports:dropout:)``.
    ///   - supports: one value a shot, at least one.
    ///   - size: of the result.
    func foreground(query: [Tensor], supports: [SupportMaps], size: Size2D) -> Tensor
}

extension FewShotNetwork {
    /// The softmax of the scores, enlarged first.
    public func foreground(query: [Tensor], supports: [SupportMaps], size: Size2D) -> Tensor {
        probability(scores(query: query, supports: supports) { map, _ in map }.main, size: size)
    }

    /// The share of the object in scores at a size.
    func probability(_ scores: Tensor, size: Size2D) -> Tensor {
        scores.resized(to: size, .bilinear, alignCorners: true).softmax().sliced(axis: 3, from: 1, count: 1)
    }
}
