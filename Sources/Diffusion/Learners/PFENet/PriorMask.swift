internal import TensorCore

/// The prior of PFENet: how much every query pixel is like that pixel of the object that it is most like, from 0 to 1 in each picture.
enum PriorMask {
    /// Keeps quotients finite.
    private static let epsilon: Float = 1e-7

    /// - Parameters:
    ///   - query: high-level features, `[N, h, w, C]`.
    ///   - support: the same of a support.
    ///   - mask: the object, `[N, S, S, 1]`.
    /// - Returns: `[N, h, w, 1]`, float32.
    static func map(_ query: Tensor, _ support: Tensor, mask: Tensor) -> Tensor {
        let size = Size2D(height: support.shape[1], width: support.shape[2])
        let share = mask.resized(to: size, .bilinear, alignCorners: true)
        let (a, b) = (vectors(query.converted(to: .float32)), vectors(support.converted(to: .float32) * share))
        let lengths = a.norm(axes: [2], keepingDimensions: true)
            .matmul(b.norm(axes: [2], keepingDimensions: true), transposed: .right)
        let cosines = a.matmul(b, transposed: .right) / (lengths + epsilon)
        let best = cosines.max(axes: [2], keepingDimensions: true)
        let (low, high) = (best.min(axes: [1], keepingDimensions: true), best.max(axes: [1], keepingDimensions: true))
        return ((best - low) / (high - low + epsilon)).reshaped(to: [query.shape[0], query.shape[1], query.shape[2], 1])
    }

    private static func vectors(_ map: Tensor) -> Tensor {
        map.reshaped(to: [map.shape[0], map.shape[1] * map.shape[2], map.shape[3]])
    }
}
