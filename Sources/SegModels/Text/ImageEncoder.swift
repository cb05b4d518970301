public import TensorCore

/// A ``JointSpaceBackbone`` that also turns a whole image into one vector, as ``TextEncoder`` does with a text.
public protocol ImageEncoder: JointSpaceBackbone {
    /// The vectors of images, not normalised.
    ///
    /// - Parameter images: as for ``Backbone/features(_:train:)``.
    /// - Returns: `[N, dimension]`, one row an image.
    func encoded(_ images: Tensor) -> Tensor
}
