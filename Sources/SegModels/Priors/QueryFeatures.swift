public import TensorCore

/// The query's features at one level, prepared for comparison with prototypes.
public struct QueryFeatures: Sendable {
    /// Grid size.
    public let size: Size2D
    /// `[P, C]`, float32.
    public let pixels: Tensor
    /// `[1, C]`.
    public let mean: Tensor
    /// The pixels at unit length, `[P, C]`.
    public let directions: Tensor
    /// ``AffinityOptions/matrix(of:)`` where it was computed before: the costliest part of a prior, the same for all supports.
    public let affinity: Tensor?

    /// Prepares `[1, h, w, C]`.
    public init(_ features: Tensor, affinity: Tensor? = nil) {
        self.affinity = affinity
        size = Size2D(height: features.shape[1], width: features.shape[2])
        pixels = features.converted(to: .float32).reshaped(to: [size.height * size.width, features.shape[3]])
        mean = pixels.mean(axes: [0], keepingDimensions: true)
        directions = pixels.normalized(axis: 1)
    }
}

/// How the self-similarity of the query weighs a prior (equation 11). The paper leaves the normalisation open.
public struct AffinityOptions: Sendable, Hashable, Codable {
    /// Whether the query's mean feature is subtracted first, which spreads cosines that are all close to one.
    public var centred = true
    /// The exponent of the similarity, negative values being cut to zero.
    public var power: Float = 2

    /// The defaults.
    public init() {}

    /// `A` with rows that add up to one, so that enhanced priors keep their range: `[P, P]`.
    public func matrix(of query: QueryFeatures) -> Tensor {
        let directions = centred ? (query.pixels - query.mean).normalized(axis: 1) : query.directions
        let similarity = directions.matmul(directions, transposed: .right).relu()
        let sharpened = power == 1 ? similarity : power == 2 ? similarity.squared() : similarity.power(power)
        return sharpened / sharpened.sum(axes: [1], keepingDimensions: true).clamped(to: 1e-12...Float.infinity)
    }
}
