public import Datasets
public import TensorCore

/// Adaptive pseudo-label relabelling (Syn4Seg, APR): free pixels take the class that they look like in this photo.
///
/// `mu~_k(x) = beta mu^_k + (1 - beta) mu^_k(x)`, where mu_k is the prototype of the supports and mu_k(x) that of the photo's own kept
/// pixels; a class that has only one of the two is compared by that one. A free pixel takes the class of the largest cosine where the
/// prediction is confident, and stays free otherwise.
public struct PseudoLabelRelabelling: Sendable {
    /// beta: 1 for the supports alone, 0 for the photo alone.
    public var beta: Float
    /// The least cosine of a confident pixel.
    public var confidence: Float
    /// By how much the best class has to be ahead of the second.
    public var margin: Float

    /// A relabelling.
    public init(beta: Float, confidence: Float, margin: Float) {
        (self.beta, self.confidence, self.margin) = (beta, confidence, margin)
    }

    /// Names the free pixels.
    ///
    /// - Parameters:
    ///   - labels: what was kept, free pixels void.
    ///   - features: of the same photo, `[1, h, w, C]`. Cosines are computed on its grid and enlarged bilinearly.
    ///   - prototypes: of supports.
    ///   - candidates: classes of the supports that the photo may show although none of their pixels was kept.
    /// - Returns: the labels, and how many pixels took a class.
    public func callAsFunction(
        _ labels: ClassMap, _ features: Tensor, _ prototypes: ClassPrototypes, candidates: Set<Int>
    ) -> (labels: ClassMap, named: Int) {
        guard labels.values.contains(ClassMap.void) else { return (labels, 0) }
        let adapted = withoutGradients { adaptedDirections(labels, features, prototypes, candidates) }
        guard !adapted.isEmpty else { return (labels, 0) }
        let cosines = withoutGradients {
            let directions = Tensor.concatenated(adapted.map(\.direction), axis: 0)
            let weight = directions.reshaped(to: [adapted.count, directions.shape[1], 1, 1])
            return features.normalized(axis: 3).conv2d(weight: weight)
                .resized(to: Size2D(height: labels.height, width: labels.width)).scalars
        }
        var (result, named) = (labels, 0)
        for pixel in labels.values.indices where labels.values[pixel] == ClassMap.void {
            let first = pixel * adapted.count
            var (best, second) = (0, -Float.infinity)
            for place in adapted.indices.dropFirst() {
                let value = cosines[first + place]
                if value > cosines[first + best] {
                    (best, second) = (place, cosines[first + best])
                } else {
                    second = max(second, value)
                }
            }
            let value = cosines[first + best]
            guard value >= confidence, value - second >= margin else { continue }
            result.values[pixel] = Int32(adapted[best].classID)
            named += 1
        }
        return (result, named)
    }

    /// mu~ of every class that may be named, of length one.
    private func adaptedDirections(
        _ labels: ClassMap, _ features: Tensor, _ prototypes: ClassPrototypes, _ candidates: Set<Int>
    ) -> [(classID: Int, direction: Tensor)] {
        var local = ClassPrototypes()
        local.add(features, labels)
        let classes = Set(local.classIDs).union(candidates.intersection(prototypes.classIDs)).sorted()
        return classes.compactMap { classID in
            let (own, all) = (local.direction(classID), prototypes.direction(classID))
            guard let own, let all else { return (own ?? all).map { (classID, $0) } }
            return (classID, (all * beta + own * (1 - beta)).normalized(axis: 1))
        }
    }
}
