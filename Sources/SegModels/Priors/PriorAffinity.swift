public import TensorCore

/// How the self-similarity of the query spreads a prior over alike pixels (equation 11): `p^A = A p`.
public protocol PriorAffinity: Sendable {
    /// What decides the matrix, for content keys: equal texts make equal matrices.
    var identity: String { get }

    /// `A`, `[P, P]`, for the query's features of one level; row `i` weighs the pixels that pixel `i` resembles.
    func matrix(of query: QueryFeatures) -> Tensor
}

/// The affinity of cosines, `A_ij = cos(f_i, f_j)`, negative values being cut to zero unless they are kept.
///
/// The paper leaves the normalisation of `A` open; ``normalization`` names it.
public struct CosineAffinity: PriorAffinity, Hashable, RangedConfiguration {
    /// What is done to the rows of `A`.
    public enum Normalization: String, Sendable, Hashable, Codable, CaseIterable {
        /// Rows add up to one, so that an enhanced prior keeps its range.
        case rows
        /// `A p / P`: the mean over pixels, the letter of equation 11 but for a constant factor.
        case mean
        /// `A p`: the letter of equation 11. Its range grows with the pixels, so that a fusion that standardises belongs to it.
        case raw
        /// Rows are the softmax of the similarities over the ``CosineAffinity/temperature``.
        case softmax
    }

    /// Whether the query's mean feature is subtracted first, which spreads cosines that are all close to one.
    public var centred = true
    /// The exponent of the similarity.
    public var power: Float = 2
    /// What is done to the rows.
    public var normalization = Normalization.rows
    /// The temperature of the softmax; lower ones keep to the most alike pixels.
    public var temperature: Float = 0.1
    /// Whether negative similarities count as they are, the letter of equation 11; they are cut to zero otherwise, and where the
    /// power is not 1.
    public var keepsNegatives = false

    public static let ranges: ConfigurationRanges = [
        "power": .real(above: 0, upTo: 64), "temperature": .real(above: 0, upTo: 100),
    ]

    /// The defaults.
    public init() {}

    public var identity: String {
        let softmax = normalization == .softmax ? " \(temperature)" : ""
        let negatives = keepsNegatives ? ", negatives" : ""
        return "cosine, centred \(centred), power \(power), \(normalization.rawValue)\(softmax)\(negatives)"
    }

    public func matrix(of query: QueryFeatures) -> Tensor {
        let directions = centred ? (query.pixels - query.mean).normalized(axis: 1) : query.directions
        let cosines = directions.matmul(directions, transposed: .right)
        let similarity = keepsNegatives && power == 1 ? cosines : cosines.relu()
        let sharpened = power == 1 ? similarity : power == 2 ? similarity.squared() : similarity.power(power)
        switch normalization {
        case .raw: return sharpened
        case .softmax: return (sharpened * (1 / temperature)).softmax(axis: 1)
        case .rows: return sharpened / sharpened.sum(axes: [1], keepingDimensions: true).clamped(to: 1e-12...Float.infinity)
        case .mean: return sharpened * (1 / Float(max(sharpened.shape[0], 1)))
        }
    }
}
