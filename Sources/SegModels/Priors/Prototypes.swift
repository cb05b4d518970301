public import TensorCore

/// Prototypes of support views at one feature level: masked average pooling (MAP, section 3.3.1).
///
/// Boxes and scribbles are treated as masks, as in the paper. Rows are views: shots, or augmentations of one shot.
public struct Prototypes: Sendable {
    /// The mean feature inside the annotation, `[V, C]`.
    public var foreground: Tensor
    /// The mean feature outside the annotation, `[V, C]`.
    public var background: Tensor
    /// The mean feature of the whole image, `[V, C]`.
    public var mean: Tensor

    /// Wraps pooled features, `[V, C]` each.
    public init(foreground: Tensor, background: Tensor, mean: Tensor) {
        self.foreground = foreground
        self.background = background
        self.mean = mean
    }

    /// Pools one view.
    ///
    /// - Parameters:
    ///   - features: `[1, h, w, C]`.
    ///   - mask: the annotation, `[1, H, W, 1]` in [0, 1]; averaged down to the grid, so that thin objects keep their share.
    public init(pooling features: Tensor, mask: Tensor) {
        let (height, width, channels) = (features.shape[1], features.shape[2], features.shape[3])
        let weights = mask.converted(to: .float32)
            .resized(to: Size2D(height: height, width: width), .area).reshaped(to: [1, height * width])
        let pixels = features.converted(to: .float32).reshaped(to: [height * width, channels])
        foreground = Self.pooled(pixels, weights)
        background = Self.pooled(pixels, 1 - weights)
        mean = pixels.mean(axes: [0], keepingDimensions: true)
    }

    private static func pooled(_ pixels: Tensor, _ weights: Tensor) -> Tensor {
        weights.matmul(pixels) / weights.sum().clamped(to: 1e-6...Float.infinity)
    }

    /// One of the views.
    public func view(_ index: Int) -> Prototypes {
        func row(_ x: Tensor) -> Tensor { x.sliced(axis: 0, from: index, count: 1) }
        return Prototypes(foreground: row(foreground), background: row(background), mean: row(mean))
    }

    /// Several views as one.
    public static func joined(_ views: [Prototypes]) -> Prototypes {
        Prototypes(
            foreground: .concatenated(views.map(\.foreground), axis: 0),
            background: .concatenated(views.map(\.background), axis: 0), mean: .concatenated(views.map(\.mean), axis: 0))
    }
}
