/// A square that whole photos are laid on: the longer side fills it, what is left is below and to the right.
///
/// Conventions of generalized few-shot segmentation segment photos so (``GFSSConvention/canvas``): CAPL and DIaM cut both sides
/// to multiples of 8 and fill with black, POP rounds to whole pixels and fills with the mean colour
/// (`dvlab-research/GFS-Seg:util/transform.py`, `sinahmr/DIaM:src/dataset/transform.py`,
/// `lsa1997/POP:dataset/base_dataset.py`).
public struct PhotoCanvas: Sendable, Hashable, Codable {
    /// What lies beside the photo.
    public enum Padding: String, Sendable, Hashable, Codable, CaseIterable {
        /// ImageNet's mean colour, which networks see as nothing: zeros after normalising.
        case mean
        /// Zeros before normalising.
        case black

        /// The colour, red, green, blue.
        public var color: [UInt8] { self == .mean ? [124, 116, 104] : [0, 0, 0] }
    }

    /// Pixels along each side of the square.
    public var side: Int
    /// 1 rounds the photo's sides to whole pixels, more cuts them to the multiple below; a side that is shorter stays what it is.
    public var multiple: Int
    /// What lies beside the photo.
    public var padding: Padding

    /// A canvas.
    public init(side: Int, multiple: Int = 1, padding: Padding = .mean) {
        (self.side, self.multiple, self.padding) = (side, multiple, padding)
    }

    /// The size of a photo on the canvas, at least one pixel along each side and at most the canvas.
    public func size(height: Int, width: Int) -> (height: Int, width: Int) {
        let (longer, whole) = (max(height, width, 1), max(side, 1))
        func extent(_ own: Int) -> Int {
            let exact = own >= longer ? Double(whole) : Double(whole) / Double(longer) * Double(own)
            guard multiple > 1 else { return min(max(Int(exact.rounded()), 1), whole) }
            let cut = Int(exact) / multiple * multiple
            return cut > 0 ? cut : min(max(Int(exact), 1), whole)
        }
        return (extent(height), extent(width))
    }

    /// A photo on the canvas.
    public func image(_ photo: RGBImage) -> RGBImage {
        let size = size(height: photo.height, width: photo.width)
        let resized = photo.resized(height: size.height, width: size.width, filter: .bilinear)
        return resized.placed(y: 0, x: 0, height: side, width: side, around: padding.color)
    }

    /// The labels of a photo on the canvas, by nearest neighbour; what is beside the photo does not count.
    public func labels(_ map: ClassMap) -> ClassMap { laid(map, beside: ClassMap.void) }

    /// Labels on the canvas, with a value beside the photo.
    func laid<Grid: LabelGrid>(_ grid: Grid, beside label: Grid.Label) -> Grid {
        let size = size(height: grid.height, width: grid.width)
        return grid.resized(height: size.height, width: size.width).placed(y: 0, x: 0, height: side, width: side, around: label)
    }
}

extension PhotoCanvas: CustomStringConvertible {
    /// "417, sides cut to multiples of 8, black".
    public var description: String {
        let rule = multiple > 1 ? "sides cut to multiples of \(multiple)" : "sides rounded"
        return "\(side), \(rule), \(padding == .black ? "black" : "mean colour")"
    }
}
