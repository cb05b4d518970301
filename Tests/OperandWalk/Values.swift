internal import TensorCore

/// What a walked operand holds.
enum Values: Sendable {
    /// Small positive numbers; 0, 1 and 2 for integers, so that they are positions as well.
    case ordinary
    /// The bounds of the type, infinities and NaN.
    case extreme

    /// A tensor of them on the backend of the task.
    func tensor(_ shape: Shape, _ dtype: DType) -> Tensor {
        let count = shape.elementCount
        switch (self, dtype) {
        case (.ordinary, _) where dtype.isFloatingPoint:
            let numbers = (0..<count).map { (index: Int) -> Float in
                let step = index * 7 % 11
                return Float(step) / 8 + 0.25
            }
            return Tensor(numbers, shape: shape).converted(to: dtype)
        case (.ordinary, .bool):
            let truths = (0..<count).map { (index: Int) -> Bool in index % 3 != 1 }
            return Tensor(truths, shape: shape)
        case (.ordinary, _):
            let numbers = (0..<count).map { (index: Int) -> Int64 in Int64(index * 5 % 3) }
            return Tensor(numbers, shape: shape).converted(to: dtype)
        case (.extreme, .int32):
            let numbers: [Int32] = [.min, .max, -1, 0, 46_341]
            return Tensor(repeated(numbers, count), shape: shape)
        case (.extreme, .int64):
            let numbers: [Int64] = [.min, .max, -1, 0, 3_037_000_500]
            return Tensor(repeated(numbers, count), shape: shape)
        case (.extreme, .uint8):
            let numbers = (0..<count).map { (index: Int) -> UInt8 in UInt8(truncatingIfNeeded: index * 127) }
            return Tensor(numbers, shape: shape)
        case (.extreme, .bool):
            return Tensor([Bool](repeating: true, count: count), shape: shape)
        case (.extreme, _):
            let numbers: [Float] = [.nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0, -1]
            return Tensor(repeated(numbers, count), shape: shape).converted(to: dtype)
        }
    }

    private func repeated<Number>(_ numbers: [Number], _ count: Int) -> [Number] {
        (0..<count).map { numbers[$0 % numbers.count] }
    }
}

/// How a shape departs from one that fits.
enum Length: String, CaseIterable {
    case fitting, empty, one, short, long
    case emptyFirst, shortFirst, longFirst, scalar, deeper

    /// Those that every type is tried with.
    static let common: [Length] = [.fitting, .empty, .one, .short, .long]

    /// The shape, nil where it has no such form.
    func applied(to shape: Shape) -> Shape? {
        let last = shape.rank - 1
        switch self {
        case .fitting: return shape
        case .one: return Shape(shape.map { _ in 1 })
        case .scalar: return []
        case .deeper: return shape.inserting(1, at: shape.rank)
        case _ where last < 0: return nil
        case .empty: return shape.replacing(axis: last, with: 0)
        case .short: return shape.replacing(axis: last, with: shape[last] - 1)
        case .long: return shape.replacing(axis: last, with: shape[last] + 1)
        case .emptyFirst: return shape.replacing(axis: 0, with: 0)
        case .shortFirst: return shape.replacing(axis: 0, with: shape[0] - 1)
        case .longFirst: return shape.replacing(axis: 0, with: shape[0] + 1)
        }
    }
}
