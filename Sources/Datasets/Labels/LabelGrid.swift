/// A grid of labels, one a pixel: values that may be picked and moved but never mixed.
public protocol LabelGrid: Sendable, Equatable {
    /// What a pixel holds.
    associatedtype Label: Sendable

    /// Rows.
    var height: Int { get }
    /// Columns.
    var width: Int { get }
    /// `height * width` labels, row by row.
    var values: [Label] { get }

    /// Wraps labels in row order.
    ///
    /// - Precondition: `values.count == height * width` and both sides are positive.
    init(height: Int, width: Int, values: [Label])
}

extension LabelGrid {
    /// The grid scaled by the nearest-neighbour rule `floor(i * input / output)` (torch, OpenCV; not Pillow).
    public func resized(height newHeight: Int, width newWidth: Int) -> Self {
        let columns = nearestIndices(input: width, output: newWidth)
        let rows = nearestIndices(input: height, output: newHeight)
        return picked(rows: rows, columns: columns)
    }

    /// A rectangle of the grid.
    ///
    /// - Precondition: the rectangle is not empty and inside the grid.
    public func cropped(y: Int, x: Int, height: Int, width: Int) -> Self {
        requireInside(y: y, x: x, height: height, width: width, of: (self.height, self.width))
        return picked(rows: Array(y..<(y + height)), columns: Array(x..<(x + width)))
    }

    /// The grid mirrored left to right.
    public func flippedHorizontally() -> Self {
        picked(rows: Array(0..<height), columns: Array((0..<width).reversed()))
    }

    private func picked(rows: [Int], columns: [Int]) -> Self {
        Self(
            height: rows.count, width: columns.count,
            values: gather(values, width: width, channels: 1, columns: columns, rows: rows))
    }

    /// Traps where labels and sides do not fit.
    static func requireFit(_ height: Int, _ width: Int, _ count: Int) {
        precondition(height > 0 && width > 0, "\(Self.self): sides must be positive, found \(width)x\(height)")
        precondition(
            count == width * height, "\(Self.self): \(width)x\(height) needs \(width * height) values, found \(count)")
    }
}
