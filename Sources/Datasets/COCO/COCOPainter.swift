/// Draws the classes of an image by a rule.
struct COCOPainter {
    /// A canvas holds class indices; this one means that nobody knows.
    private static let void: UInt8 = 255

    let rule: COCOMaskRule
    let height: Int
    let width: Int
    /// Annotations that count, with their classes of 1...254, in the order in which they are drawn.
    private let objects: [(classID: Int, ranges: [Range<Int>])]
    /// Crowds that are void.
    private let crowds: [(classID: Int, ranges: [Range<Int>])]

    /// Prepares the annotations of an image.
    ///
    /// - Parameter classes: the class, 1...254, of every category; annotations of others are left out.
    init(_ annotations: [COCOAnnotation], of image: COCOImage, rule: COCOMaskRule, classes: [Int: Int]) {
        self.rule = rule
        (height, width) = (image.height, image.width)
        let kept = annotations.filter { annotation in
            guard classes[annotation.category] != nil, annotation.area >= Double(rule.minimumArea) else { return false }
            return !annotation.isCrowd || rule.crowds != .drop
        }
        let void = rule.crowds == .void ? kept.filter(\.isCrowd) : []
        var drawn = rule.crowds == .void ? kept.filter { !$0.isCrowd } : kept
        switch rule.overlap {
        case .last, .separate: break
        case .first: drawn.reverse()
        case .smallest: drawn.sort { ($0.area, $1.index) > ($1.area, $0.index) }
        }
        let parts = rule.parts == .first ? 1 : Int.max
        func ranges(_ annotation: COCOAnnotation) -> (classID: Int, ranges: [Range<Int>]) {
            let ranges = annotation.segmentation.ranges(height: image.height, width: image.width, parts: parts)
            return (classes[annotation.category] ?? 0, ranges)
        }
        objects = drawn.map(ranges)
        crowds = void.map(ranges)
    }

    /// Where a class is.
    func mask(of classID: Int) -> ClassMask {
        let wanted = UInt8(clamping: classID)
        var canvas = [UInt8](repeating: 0, count: height * width)
        let own = crowds.filter { $0.classID == classID }
        draw(own, as: { _ in Self.void }, on: &canvas)
        let shown = rule.overlap == .separate ? objects.filter { $0.classID == classID } : objects
        draw(shown, as: { UInt8(clamping: $0) }, on: &canvas)
        let rows = transposed(canvas, height: height, width: width)
        let object = BinaryMask(height: height, width: width, values: rows.map { $0 == wanted })
        guard !own.isEmpty else { return ClassMask(object: object) }
        return ClassMask(object: object, void: BinaryMask(height: height, width: width, values: rows.map { $0 == Self.void }))
    }

    /// One class a pixel; where classes are separate, later annotations cover earlier ones.
    func classMap() -> ClassMap {
        var canvas = [UInt8](repeating: 0, count: height * width)
        draw(crowds, as: { _ in Self.void }, on: &canvas)
        draw(objects, as: { UInt8(clamping: $0) }, on: &canvas)
        let rows = transposed(canvas, height: height, width: width)
        return ClassMap(height: height, width: width, values: rows.map { $0 == Self.void ? ClassMap.void : Int32($0) })
    }

    /// The pixels of every class that has some, as ``mask(of:)`` has them.
    func pixelCounts() -> [Int: Int] {
        var canvas = [UInt8](repeating: 0, count: height * width)
        var counts = [Int](repeating: 0, count: 256)
        let groups = rule.overlap == .separate ? Array(Set(objects.map(\.classID))).sorted() : [0]
        for group in groups {
            for (classID, ranges) in objects where group == 0 || classID == group {
                let value = UInt8(clamping: classID)
                for range in ranges {
                    for place in range where canvas[place] != value {
                        // A separate class takes nothing from those before it.
                        if group == 0 { counts[Int(canvas[place])] -= 1 }
                        counts[Int(value)] += 1
                        canvas[place] = value
                    }
                }
            }
        }
        let found = (1..<Int(Self.void)).filter { counts[$0] > 0 }
        return Dictionary(uniqueKeysWithValues: found.map { ($0, counts[$0]) })
    }

    private func draw(
        _ shapes: [(classID: Int, ranges: [Range<Int>])], as value: (Int) -> UInt8, on canvas: inout [UInt8]
    ) {
        for (classID, ranges) in shapes {
            let own = value(classID)
            for range in ranges {
                for place in range { canvas[place] = own }
            }
        }
    }
}
