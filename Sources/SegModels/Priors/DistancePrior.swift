public import TensorCore

/// A prior from the distance between the foreground prototype and every query pixel, in place of the cosine (section 4.7.1, table 7).
///
/// A distance becomes a similarity `p` of (0, 1] by a conversion, and the prior is `2p - 1`, in the range of a cosine. Between unit
/// vectors `1 - d^2 / 2` of the Euclidean distance is the cosine itself. Distances of features that are not brought to unit length
/// depend on the backbone's scale, which is what the paper's cosine avoids; they are here to be measured.
public struct DistancePrior: PriorTransformation, TextPriorTransformation, Hashable {
    /// The distance.
    public enum Metric: String, Sendable, Hashable, CaseIterable {
        /// The sum of absolute differences.
        case l1
        /// The Euclidean distance.
        case l2
    }

    /// A distance to a similarity.
    public enum Conversion: String, Sendable, Hashable, CaseIterable {
        /// `p = 1 / (1 + d)`.
        case reciprocal
        /// `p = exp(-d)`.
        case exponential
    }

    /// The distance.
    public var metric: Metric
    /// How it becomes a similarity.
    public var conversion: Conversion
    /// Whether features are brought to unit length first.
    public var isNormalized: Bool

    /// Makes the transformation.
    public init(_ metric: Metric, _ conversion: Conversion, isNormalized: Bool = true) {
        (self.metric, self.conversion, self.isNormalized) = (metric, conversion, isNormalized)
    }

    /// Every metric with every conversion, between unit vectors and as they are.
    public static let all: [DistancePrior] = [true, false].flatMap { isNormalized in
        Metric.allCases.flatMap { metric in
            Conversion.allCases.map { DistancePrior(metric, $0, isNormalized: isNormalized) }
        }
    }

    /// What configurations call it: "l2-exponential", or "plain-l2-exponential" of features as they are.
    public var name: String { (isNormalized ? "" : "plain-") + "\(metric.rawValue)-\(conversion.rawValue)" }

    public func prior(_ prototypes: Prototypes, _ query: QueryFeatures) -> Tensor { prior(prototypes.foreground, query) }

    public func prior(_ texts: Tensor, _ query: QueryFeatures) -> Tensor {
        let centres = isNormalized ? texts.normalized(axis: 1) : texts
        let distances = distances(centres, isNormalized ? query.directions : query.pixels)
        switch conversion {
        case .reciprocal: return (distances + 1).reciprocal() * 2 - 1
        case .exponential: return (-distances).exp() * 2 - 1
        }
    }

    /// `[V, P]` from `[V, C]` and `[P, C]`.
    private func distances(_ centres: Tensor, _ pixels: Tensor) -> Tensor {
        switch metric {
        case .l1:
            // Row by row: all at once would hold a copy of the features for each.
            let rows = (0..<centres.shape[0]).map { row in
                (pixels - centres.sliced(axis: 0, from: row, count: 1)).absoluteValue().sum(axes: [1])
            }
            return .stacked(rows, axis: 0)
        case .l2:
            let lengths = centres.squared().sum(axes: [1], keepingDimensions: true)
            let squares = pixels.squared().sum(axes: [1]).reshaped(to: [1, pixels.shape[0]])
            let products = centres.matmul(pixels, transposed: .right) * 2
            return (squares - products + lengths).clamped(to: 0...Float.infinity).squareRoot()
        }
    }
}
