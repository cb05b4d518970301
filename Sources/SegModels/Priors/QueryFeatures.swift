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
    /// ``PriorAffinity/matrix(of:)`` where it was computed before: the costliest part of a prior, the same for all supports.
    public let affinity: AffinityMatrix?

    /// Prepares `[1, h, w, C]`.
    public init(_ features: Tensor, affinity: AffinityMatrix? = nil) {
        self.affinity = affinity
        size = Size2D(height: features.shape[1], width: features.shape[2])
        pixels = features.converted(to: .float32).reshaped(to: [size.height * size.width, features.shape[3]])
        mean = pixels.mean(axes: [0], keepingDimensions: true)
        directions = pixels.normalized(axis: 1)
    }

    private init(_ other: QueryFeatures, affinity: AffinityMatrix) {
        (size, pixels, mean, directions) = (other.size, other.pixels, other.mean, other.directions)
        self.affinity = affinity
    }

    /// The features as a map, `[1, h, w, C]`, float32.
    public var map: Tensor { pixels.reshaped(to: [1, size.height, size.width, pixels.shape[1]]) }

    /// The same features with an affinity that was computed before.
    public func with(affinity: AffinityMatrix) -> QueryFeatures { QueryFeatures(self, affinity: affinity) }
}
