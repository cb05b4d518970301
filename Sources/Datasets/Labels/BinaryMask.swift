/// A foreground mask: `true` is the object.
public struct BinaryMask: LabelGrid {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// `height * width` flags, row by row.
    public var values: [Bool]

    /// Wraps flags in row order.
    ///
    /// - Precondition: `values.count == width * height` and both sides are positive.
    public init(height: Int, width: Int, values: [Bool]) {
        Self.requireFit(height, width, values.count)
        self.height = height
        self.width = width
        self.values = values
    }

    /// The number of foreground pixels.
    public var area: Int { values.reduce(0) { $0 + ($1 ? 1 : 0) } }
}
