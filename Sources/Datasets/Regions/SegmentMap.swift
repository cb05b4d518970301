/// The number of a segment at every pixel, from 0 in the scan order of their first pixels.
public struct SegmentMap: LabelGrid {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// `height * width` numbers, row by row.
    public var values: [Int32]

    /// Wraps numbers in row order.
    ///
    /// - Precondition: `values.count == height * width` and both sides are positive.
    public init(height: Int, width: Int, values: [Int32]) {
        Self.requireFit(height, width, values.count)
        self.height = height
        self.width = width
        self.values = values
    }

    /// How many segments there are.
    public var count: Int { Int(values.max() ?? -1) + 1 }

    /// Numbers of any kind, in the scan order of their first pixels.
    init<Key: Hashable>(height: Int, width: Int, keys: [Key]) {
        var numbers: [Key: Int32] = [:]
        let values = keys.map { key in
            if let known = numbers[key] { return known }
            let number = Int32(numbers.count)
            numbers[key] = number
            return number
        }
        self.init(height: height, width: width, values: values)
    }
}
