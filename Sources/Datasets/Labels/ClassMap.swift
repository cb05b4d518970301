/// One class a pixel, with class ids of any size: what a semantic segmentation says, and what it is compared with.
public struct ClassMap: LabelGrid {
    /// The id of pixels of no class.
    public static let background: Int32 = 0
    /// The value of pixels that do not count.
    public static let void: Int32 = -1

    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// `height * width` class ids, ``background`` or ``void``, row by row.
    public var values: [Int32]

    /// Wraps class ids in row order.
    ///
    /// - Precondition: `values.count == height * width` and both sides are positive.
    public init(height: Int, width: Int, values: [Int32]) {
        Self.requireFit(height, width, values.count)
        self.height = height
        self.width = width
        self.values = values
    }

    /// The pixels of one class, and the void ones.
    public func mask(ofClass classID: Int) -> ClassMask {
        let object = values.map { $0 >= 0 && Int($0) == classID }
        let hasVoid = values.contains(Self.void)
        let void = hasVoid ? BinaryMask(height: height, width: width, values: values.map { $0 == Self.void }) : nil
        return ClassMask(object: BinaryMask(height: height, width: width, values: object), void: void)
    }

    /// Lays masks over each other in order: a later class covers an earlier one; void is what a mask calls so and no class covers.
    ///
    /// - Precondition: all masks have the given size, ids fit into 32 bits.
    init(height: Int, width: Int, painting masks: [(classID: Int, mask: ClassMask)]) {
        var values = [Int32](repeating: Self.background, count: height * width)
        for (_, mask) in masks {
            for (pixel, isVoid) in (mask.void?.values ?? []).enumerated() where isVoid { values[pixel] = Self.void }
        }
        for (classID, mask) in masks {
            for (pixel, isObject) in mask.object.values.enumerated() where isObject { values[pixel] = Int32(classID) }
        }
        self.init(height: height, width: width, values: values)
    }
}
