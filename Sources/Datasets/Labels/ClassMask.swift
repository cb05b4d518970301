public import TensorCore

/// The answer to "where in this image is class c": the object, and the pixels about which nobody knows.
///
/// Masks of two classes may overlap; each class is asked for on its own.
public struct ClassMask: Sendable, Equatable {
    /// The pixels of the class.
    public var object: BinaryMask
    /// The pixels that do not count (void), of the size of ``object``; nil when all count.
    public var void: BinaryMask?

    /// Joins an object with its void pixels.
    ///
    /// - Precondition: both have the same size.
    public init(object: BinaryMask, void: BinaryMask? = nil) {
        let fits = void.map { $0.height == object.height && $0.width == object.width } ?? true
        precondition(fits, "ClassMask: the void mask has another size than the object")
        self.object = object
        self.void = void
    }

    /// Rows.
    public var height: Int { object.height }
    /// Columns.
    public var width: Int { object.width }

    /// Both masks scaled by the nearest-neighbour rule of ``LabelGrid/resized(height:width:)``.
    public func resized(height: Int, width: Int) -> ClassMask {
        ClassMask(
            object: object.resized(height: height, width: width), void: void?.resized(height: height, width: width))
    }

    /// What a segmentation is trained towards, as `[1, H, W, 2]`, float32: whether a pixel is of the class, and whether it counts.
    public func target() -> Tensor {
        var channels = [Float](repeating: 1, count: object.values.count * 2)
        for (pixel, isObject) in object.values.enumerated() { channels[2 * pixel] = isObject ? 1 : 0 }
        for (pixel, isVoid) in (void?.values ?? []).enumerated() where isVoid { channels[2 * pixel + 1] = 0 }
        return Tensor(channels, shape: [1, height, width, 2])
    }
}
