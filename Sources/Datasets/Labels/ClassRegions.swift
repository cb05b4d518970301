/// The connected regions of a label map: neighbouring pixels of one class, corners included (8-connected).
public struct ClassRegions: Sendable, Equatable {
    /// One region.
    public struct Region: Sendable, Hashable {
        /// The class of its pixels.
        public var classID: Int
        /// How many pixels it has.
        public var area: Int
        /// The tight box around it.
        public var box: Box
    }

    /// The number of the region of every pixel, row by row; -1 for background and void.
    public let numbers: [Int32]
    /// The regions, in the scan order of their first pixels.
    public let regions: [Region]

    /// Finds the regions of a map.
    ///
    /// - Parameter classes: the classes that have regions; nil for all but background.
    public init(_ map: ClassMap, of classes: Set<Int>? = nil) {
        let (width, height) = (map.width, map.height)
        var numbers = [Int32](repeating: -1, count: map.values.count)
        var regions: [Region] = []
        var stack: [Int] = []
        func isCounted(_ value: Int32) -> Bool { value > 0 && classes?.contains(Int(value)) ?? true }
        for start in map.values.indices where numbers[start] < 0 && isCounted(map.values[start]) {
            let (value, number) = (map.values[start], Int32(regions.count))
            var (area, x0, y0, x1, y1) = (0, width, height, 0, 0)
            numbers[start] = number
            stack.append(start)
            while let pixel = stack.popLast() {
                let (x, y) = (pixel % width, pixel / width)
                area += 1
                (x0, y0, x1, y1) = (min(x0, x), min(y0, y), max(x1, x), max(y1, y))
                for row in max(0, y - 1)...min(height - 1, y + 1) {
                    for column in max(0, x - 1)...min(width - 1, x + 1) {
                        let neighbour = row * width + column
                        guard numbers[neighbour] < 0, map.values[neighbour] == value else { continue }
                        numbers[neighbour] = number
                        stack.append(neighbour)
                    }
                }
            }
            regions.append(Region(classID: Int(value), area: area, box: Box(x0: x0, y0: y0, x1: x1 + 1, y1: y1 + 1)))
        }
        (self.numbers, self.regions) = (numbers, regions)
    }

    /// The pixels of a region.
    public func mask(_ number: Int, height: Int, width: Int) -> BinaryMask {
        BinaryMask(height: height, width: width, values: numbers.map { $0 == Int32(number) })
    }
}
