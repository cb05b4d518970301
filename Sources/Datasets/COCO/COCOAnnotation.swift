/// An image of an instances file.
public struct COCOImage: Sendable, Hashable {
    /// The number of the image, unique in COCO.
    public var id: Int
    /// The name of its file, without folders in COCO's own files.
    public var fileName: String
    /// Columns.
    public var width: Int
    /// Rows.
    public var height: Int
}

/// A category of an instances file.
public struct COCOCategory: Sendable, Hashable {
    /// The id in the file: 1...90 with gaps in COCO.
    public var id: Int
    /// The name.
    public var name: String
}

/// An object, or a crowd of objects.
public struct COCOAnnotation: Sendable, Hashable {
    /// The id in the file.
    public var id: Int
    /// The id of the category in the file.
    public var category: Int
    /// Whether this is a region of many objects.
    public var isCrowd: Bool
    /// The area in pixels as the file has it.
    public var area: Double
    /// The box as the file has it: x, y, width, height in pixels; zeros where it has none.
    public var box: [Double]
    /// Where the object is.
    public var segmentation: COCOSegmentation
    /// The position in the file's list.
    public var index: Int
}

/// Where an object is.
public enum COCOSegmentation: Sendable, Hashable {
    /// Not said.
    case none
    /// The union of polygons, filled as `pycocotools` does.
    case polygons([[Point]])
    /// Run lengths down the columns.
    case runs(RunLengthMask)

    /// The runs of pixels inside, as ranges of places counted down the columns; ranges may overlap.
    ///
    /// - Parameters:
    ///   - height: rows of the image.
    ///   - width: columns of the image.
    ///   - parts: how many of the polygons count.
    func ranges(height: Int, width: Int, parts: Int = .max) -> [Range<Int>] {
        switch self {
        case .none: return []
        case .polygons(let polygons):
            return polygons.prefix(parts).flatMap { PolygonRaster.runs(of: $0, height: height, width: width) }
        case .runs(let runs):
            guard runs.height == height, runs.width == width else { return [] }
            var (place, ranges) = (0, [Range<Int>]())
            for (index, count) in runs.counts.enumerated() {
                if index % 2 == 1 && count > 0 { ranges.append(place..<(place + count)) }
                place += count
            }
            return ranges
        }
    }

    /// The pixels inside.
    ///
    /// - Parameters:
    ///   - height: rows of the image.
    ///   - width: columns of the image.
    public func mask(height: Int, width: Int) -> BinaryMask {
        var columns = [Bool](repeating: false, count: height * width)
        for range in ranges(height: height, width: width) {
            for place in range { columns[place] = true }
        }
        return BinaryMask(height: height, width: width, values: transposed(columns, height: height, width: width))
    }
}

/// Values down the columns as values along the rows.
func transposed<Value>(_ columns: [Value], height: Int, width: Int) -> [Value] {
    [Value](unsafeUninitializedCapacity: columns.count) { rows, filled in
        for y in 0..<height {
            for x in 0..<width { rows.initializeElement(at: y * width + x, to: columns[x * height + y]) }
        }
        filled = columns.count
    }
}
