public import TensorCore

/// A backbone whose pixels live in one space with texts, such as CLIP's image tower.
///
/// Beside the levels of every ``Backbone`` it has dense features that can be compared with the vectors of a ``TextEncoder`` of the
/// same ``space``.
public protocol JointSpaceBackbone: Backbone {
    /// The name of the space; a ``TextEncoder`` fits when its own is the same.
    var space: String { get }
    /// The length of a vector.
    var dimension: Int { get }

    /// The vectors of an image's places, not normalised.
    ///
    /// - Parameter images: as for ``Backbone/features(_:train:)``.
    /// - Returns: `[N, h, w, dimension]`.
    func jointFeatures(_ images: Tensor) -> Tensor
}

extension JointSpaceBackbone {
    /// Whether texts of `encoder` can be compared with this backbone's pixels.
    public func shares(spaceOf encoder: some TextEncoder) -> Bool {
        space == encoder.space && dimension == encoder.dimension
    }
}
