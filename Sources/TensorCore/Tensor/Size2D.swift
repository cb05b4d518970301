/// Height and width; an integer literal gives both, `[3, 5]` gives height 3 and width 5.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    /// Rows.
    public var height: Int
    /// Columns.
    public var width: Int

    /// Makes a size.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// The same extent both ways.
    public init(_ both: Int) { self.init(height: both, width: both) }

    public init(integerLiteral value: Int) { self.init(value) }

    public init(arrayLiteral elements: Int...) {
        require(elements.count == 2, "Size2D", "[height, width] has two elements, found \(elements.count)")
        self.init(height: elements[0], width: elements[1])
    }
}

extension Size2D: CustomStringConvertible {
    public var description: String { "\(height)x\(width)" }
}

/// Padding of the four sides; an integer literal gives all of them.
public struct EdgeInsets2D: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// Rows above.
    public var top: Int
    /// Rows below.
    public var bottom: Int
    /// Columns before.
    public var left: Int
    /// Columns after.
    public var right: Int

    /// Makes insets.
    public init(top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0) {
        self.top = top
        self.bottom = bottom
        self.left = left
        self.right = right
    }

    /// The same on all sides.
    public init(_ all: Int) { self.init(top: all, bottom: all, left: all, right: all) }

    public init(integerLiteral value: Int) { self.init(value) }
}
