public import TensorCore

/// Finds the thing in supports that carry no annotation: it is what they share with the query. ``CoSegmentation`` is ours.
public protocol SupportDiscovery: Sendable {
    /// What decides the activations: equal texts make equal ones.
    var identity: String { get }

    /// How much each place of each support belongs to the thing, in any unit; ``ActivationThreshold`` makes a mask of it.
    ///
    /// - Parameters:
    ///   - supports: features of the deepest level, one value a photo.
    ///   - query: those of the query.
    /// - Returns: `[1, h, w, 1]` for each support.
    func activations(of supports: [QueryFeatures], query: QueryFeatures) -> [Tensor]
}

/// Co-segmentation without training: the thing recurs in every photo, and is not what the border of its own photo shows.
///
/// Features are compared by cosine after the mean of all photos is subtracted. A place counts as much as its best match in the other
/// photos exceeds its likeness to its own photo's border, both standardised over the photo, and the photo's self-similarity
/// (equation 11) spreads the difference over alike pixels. The paper asks for such supports (table 3) and leaves the way open.
public struct CoSegmentation: SupportDiscovery, Hashable {
    /// How much likeness to the border counts beside recurrence.
    public var groundWeight: Float = 1
    /// The share of border places that a place is compared with, the most alike ones.
    public var borderShare = 0.125

    /// The defaults.
    public init() {}

    public var identity: String { "co-segmentation, ground \(groundWeight), border \(borderShare)" }

    public func activations(of supports: [QueryFeatures], query: QueryFeatures) -> [Tensor] {
        withoutGradients {
            let photos = supports + [query]
            let centre = Tensor.concatenated(photos.map(\.mean), axis: 0).mean(axes: [0], keepingDimensions: true)
            let directions = photos.map { ($0.pixels - centre).normalized(axis: 1) }
            return supports.indices.map { index in
                let own = directions[index]
                let matches = directions.indices.filter { $0 != index }.map { other in
                    own.matmul(directions[other], transposed: .right).max(axes: [1], keepingDimensions: true)
                }
                let recurrence = Tensor.concatenated(matches, axis: 1).mean(axes: [1], keepingDimensions: true)
                let ground = likeness(own, toBorderOf: supports[index].size)
                let score = Self.standardized(recurrence) - Self.standardized(ground) * groundWeight
                let spread = CosineAffinity().matrix(of: supports[index]).matmul(score)
                return spread.reshaped(to: [1, supports[index].size.height, supports[index].size.width, 1])
            }
        }
    }

    /// `[P, 1]`: the mean cosine to the border places that are most alike.
    private func likeness(_ directions: Tensor, toBorderOf size: Size2D) -> Tensor {
        let places = (0..<(size.height * size.width)).filter { place in
            let (y, x) = (place / size.width, place % size.width)
            return y == 0 || x == 0 || y == size.height - 1 || x == size.width - 1
        }
        let border = directions.gathered(at: Tensor(places.map { Int64($0) }, shape: [places.count], beside: directions))
        let count = min(places.count, max(1, Int(borderShare * Double(places.count))))
        return directions.matmul(border, transposed: .right).topK(count, axis: 1).values.mean(axes: [1], keepingDimensions: true)
    }

    private static func standardized(_ values: Tensor) -> Tensor {
        let centred = values - values.mean()
        return centred / centred.squared().mean().squareRoot().clamped(to: 1e-6...Float.infinity)
    }
}

/// The threshold between what is on and what is off in a map of activations.
public enum ActivationThreshold {
    private static let binCount = 256

    /// Otsu's threshold (1979): the one between two groups that are each as alike as can be. The smallest value where all are the same
    /// and where none is a number.
    public static func otsu(_ values: [Float]) -> Float {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max(), high > low else { return finite.first ?? 0 }
        let scale = Float(binCount - 1) / (high - low)
        var counts = [Double](repeating: 0, count: binCount)
        for value in finite { counts[Int((value - low) * scale)] += 1 }
        let total = Double(finite.count)
        let sum = counts.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
        var (best, place, below, sumBelow) = (-1.0, 0, 0.0, 0.0)
        for bin in 0..<(binCount - 1) {
            below += counts[bin]
            sumBelow += Double(bin) * counts[bin]
            guard below > 0, below < total else { continue }
            let gap = sumBelow / below - (sum - sumBelow) / (total - below)
            let between = below * (total - below) * gap * gap
            if between > best { (best, place) = (between, bin) }
        }
        return low + Float(place + 1) / scale
    }
}
