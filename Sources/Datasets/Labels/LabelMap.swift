/// A map of class indices, one byte a pixel, as a VOC segmentation PNG holds it.
///
/// 0 is background, 1...254 are classes, ``ignore`` (255) is the void border. The rest of the library knows masks of classes alone
/// (``ClassMask``); this is one way of storing them.
public struct LabelMap: LabelGrid {
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
        Self.requireFit(height, width, values.count)
        self.height = height
        self.width = width
        self.values = values
    }

    /// The pixels of one class; ``ignore`` counts as background, as in a support mask (HSNet's rule).
    public func mask(ofClass classID: Int) -> BinaryMask {
        guard let wanted = UInt8(exactly: classID), wanted != Self.ignore else {
            // No pixel is of a class that a byte cannot hold.
            return BinaryMask(height: height, width: width, values: Array(repeating: false, count: values.count))
        }
        return BinaryMask(height: height, width: width, values: values.map { $0 == wanted })
    }

    /// The pixels of one class, and the void ones.
    public func classMask(ofClass classID: Int) -> ClassMask {
        let hasVoid = values.contains(Self.ignore)
        let void = hasVoid ? BinaryMask(height: height, width: width, values: values.map { $0 == Self.ignore }) : nil
        return ClassMask(object: mask(ofClass: classID), void: void)
    }

    /// The classes that occur, background and void left out.
    public var classIDs: Set<Int> { Set(pixelCounts.keys) }

    /// The same map with ids of any size.
    public var classMap: ClassMap {
        ClassMap(height: height, width: width, values: values.map { $0 == Self.ignore ? ClassMap.void : Int32($0) })
    }
}

extension LabelMap {
    /// Pixels by class, background and void left out.
    var pixelCounts: [Int: Int] {
        var counts = [Int](repeating: 0, count: 256)
        for value in values { counts[Int(value)] += 1 }
        let shown = (1..<Int(Self.ignore)).filter { counts[$0] > 0 }
        return Dictionary(uniqueKeysWithValues: shown.map { ($0, counts[$0]) })
    }
}
