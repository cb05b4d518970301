/// The extents of a tensor, outermost first; at most eight of them.
///
/// The extents stand in line, without a heap allocation, because every operation makes at least one shape.
public struct Shape: Sendable, Hashable {
    /// The largest number of axes.
    public static let maximumRank = 8

    @usableFromInline var extents: SIMD8<Int32>
    @usableFromInline var axisCount: Int32

    /// A shape from extents, outermost first.
    ///
    /// - Precondition: at most eight extents, none negative, each below 2^31.
    public init(_ extents: some Collection<Int>) {
        require(extents.count <= Shape.maximumRank, "Shape", "at most 8 axes, found \(extents.count): \(Array(extents))")
        self.extents = .zero
        self.axisCount = Int32(extents.count)
        for (axis, extent) in extents.enumerated() { self.extents[axis] = Shape.checked(extent, axis: axis) }
    }

    /// The number of axes.
    public var rank: Int { Int(axisCount) }

    @inline(__always)
    private static func checked(_ extent: Int, axis: Int) -> Int32 {
        require(extent >= 0 && extent < Int(Int32.max), "Shape", "extent \(extent) of axis \(axis) is not in 0..<2147483647")
        return Int32(truncatingIfNeeded: extent)
    }

    /// The number of elements: the product of the extents, 1 for a scalar.
    ///
    /// - Precondition: it is below 2^63.
    public var elementCount: Int {
        var product = 1
        var overflows = false
        for axis in 0..<Int(axisCount) {
            let (result, overflow) = product.multipliedReportingOverflow(by: Int(extents[axis]))
            product = result
            overflows = overflows || overflow
        }
        if overflows {
            if contains(0) { return 0 }
            failure("Shape", "\(self) has more elements than can be counted")
        }
        return product
    }

    /// Row-major strides in elements.
    public var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        // The strides of a shape without elements may be too large to be represented, and nobody follows them.
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] &* self[axis + 1]
        }
        return strides
    }

    /// Turns a negative axis into the one it means (-1 is the last) and checks the range.
    public func normalized(axis: Int, operation: StaticString = #function) -> Int {
        require(axis >= -rank && axis < rank, operation, "axis \(axis) is out of range for shape \(self)")
        return axis < 0 ? axis + rank : axis
    }

    /// The shape with `axis` replaced by `extent`.
    public func replacing(axis: Int, with extent: Int) -> Shape {
        var copy = self
        copy[axis] = extent
        return copy
    }

    /// The shape with extent 1 along each of `axes`.
    public func keepingReduced(_ axes: some Sequence<Int>) -> Shape {
        var copy = self
        for axis in axes { copy[axis] = 1 }
        return copy
    }

    /// The shape without `axes`.
    public func removing(_ axes: some Sequence<Int>) -> Shape {
        let dropped = Set(axes)
        return Shape(indices.filter { !dropped.contains($0) }.map { self[$0] })
    }

    /// The shape with `extent` inserted before `axis`.
    public func inserting(_ extent: Int, at axis: Int) -> Shape {
        require(axis >= 0 && axis <= rank, "Shape.inserting", "axis \(axis) is out of range for shape \(self)")
        var list = Array(self)
        list.insert(extent, at: axis)
        return Shape(list)
    }

    /// The shape that two operands of an element-wise operation broadcast to (NumPy's rule), or nil where they do not fit.
    public static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
        if a == b { return a }
        let rank = Swift.max(a.rank, b.rank)
        var result = Shape([])
        result.axisCount = Int32(rank)
        for axis in 0..<rank {
            let left = axis + a.rank - rank
            let right = axis + b.rank - rank
            let extentA = left >= 0 ? a[left] : 1
            let extentB = right >= 0 ? b[right] : 1
            guard extentA == extentB || extentA == 1 || extentB == 1 else { return nil }
            result[axis] = extentA == 1 ? extentB : extentA
        }
        return result
    }
}

extension Shape: RandomAccessCollection, MutableCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { Int(axisCount) }

    public subscript(axis: Int) -> Int {
        get {
            require(axis >= 0 && axis < Int(axisCount), "Shape", "axis \(axis) of the shape \(self)")
            return Int(extents[axis])
        }
        set {
            require(axis >= 0 && axis < Int(axisCount), "Shape", "axis \(axis) of the shape \(self)")
            extents[axis] = Shape.checked(newValue, axis: axis)
        }
    }
}

extension Shape: ExpressibleByArrayLiteral, CustomStringConvertible {
    public init(arrayLiteral elements: Int...) { self.init(elements) }
    public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}
