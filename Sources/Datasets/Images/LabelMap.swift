/// A map of class indices, one byte a pixel, as a VOC segmentation PNG holds it.
///
/// 0 is background, 1... are classes, ``ignore`` (255) is the void border.
public struct LabelMap: Sendable, Equatable {
    /// The value of pixels that no metric counts.
    public static let ignore: UInt8 = 255

    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// `height * width` class indices, row by row.
    public var values: [UInt8]

    /// Wraps class indices in row order.
    ///
    /// - Precondition: `values.count == width * height` and both sides are positive.
    public init(height: Int, width: Int, values: [UInt8]) {
        precondition(width > 0 && height > 0, "LabelMap: sides must be positive, found \(width)x\(height)")
        precondition(
            values.count == width * height,
            "LabelMap: \(width)x\(height) needs \(width * height) values, found \(values.count)")
        self.height = height
        self.width = width
        self.values = values
    }

    /// The pixels of one class; ``ignore`` counts as background, as in a support mask (HSNet's rule).
    public func mask(ofClass classID: Int) -> BinaryMask {
        BinaryMask(height: height, width: width, values: values.map { Int($0) == classID })
    }
}
