/// A mask as polygons: disjoint parts with their holes.
///
/// Corners lie on the borders of pixels, so that without a tolerance the polygons are the mask exactly, also when `pycocotools`
/// fills them.
public struct MaskPolygons: Sendable, Hashable, Codable {
    /// One connected part.
    public struct Part: Sendable, Hashable, Codable {
        /// Its border, in pixels; clockwise as the picture is seen.
        public var outer: [Point]
        /// The borders of what it encloses; counterclockwise.
        public var holes: [[Point]]

        /// A part with its holes.
        public init(outer: [Point], holes: [[Point]] = []) {
            self.outer = outer
            self.holes = holes
        }

        /// The part as one line, for formats without holes: to every hole leads a cut of no width, there and back.
        public var joined: [Point] {
            var ring = outer
            for hole in holes {
                guard let first = hole.first else { continue }
                let near = ring.indices.min {
                    RingSimplification.squared(ring[$0], first) < RingSimplification.squared(ring[$1], first)
                }
                guard let near else { continue }
                ring.insert(contentsOf: hole + [first, ring[near]], at: near + 1)
            }
            return ring
        }
    }

    /// Rows of the mask.
    public let height: Int
    /// Columns of the mask.
    public let width: Int
    /// The parts, in the scan order of their first pixels.
    public var parts: [Part]
    /// The share of the pixels of the mask and the polygons that both have; 1 where neither has any.
    public let iou: Double

    /// Outlines a mask.
    ///
    /// - Parameters:
    ///   - mask: what is outlined; parts are 8-connected.
    ///   - tolerance: how far, in pixels, corners that are left out may be from the lines that remain (Douglas and Peucker); 0 for none.
    ///     A ring of which no triangle would remain keeps its corners.
    /// - Precondition: the tolerance is not negative.
    public init(_ mask: BinaryMask, tolerance: Double = 0) {
        precondition(tolerance >= 0, "MaskPolygons: the tolerance is \(tolerance), expected 0 or more")
        (height, width) = (mask.height, mask.width)
        var owners = [Int32](repeating: -1, count: mask.values.count)
        let regions = mask.regions()
        for (number, region) in regions.enumerated() { for pixel in region.pixels { owners[pixel] = Int32(number) } }
        var parts = regions.map { _ in Part(outer: []) }
        for ring in MaskOutline.rings(of: mask) {
            let corners = RingSimplification.simplified(ring.corners, tolerance: tolerance)
            let owner = Int(owners[ring.pixel])
            if Self.isOuter(ring.corners) { parts[owner].outer = corners } else { parts[owner].holes.append(corners) }
        }
        self.parts = parts
        iou = Self.filled(parts, mask.height, mask.width).iou(with: mask)
    }

    /// Outlines a mask of which the box around its foreground alone is looked at.
    ///
    /// - Parameters:
    ///   - runs: what is outlined.
    ///   - tolerance: as for ``init(_:tolerance:)``.
    public init(_ runs: RunLengthMask, tolerance: Double = 0) {
        (height, width) = (runs.height, runs.width)
        let box = runs.box
        guard box.area > 0 else {
            (parts, iou) = ([], 1)
            return
        }
        let crop = MaskPolygons(runs.crop(box), tolerance: tolerance)
        func moved(_ ring: [Point]) -> [Point] {
            ring.map { Point(x: $0.x + Double(box.x0), y: $0.y + Double(box.y0)) }
        }
        parts = crop.parts.map { Part(outer: moved($0.outer), holes: $0.holes.map(moved)) }
        iou = crop.iou
    }

    /// The pixels inside of the polygons, filled as `pycocotools` does.
    public var mask: BinaryMask { Self.filled(parts, height, width) }

    private static func filled(_ parts: [Part], _ height: Int, _ width: Int) -> BinaryMask {
        var canvas = MaskCanvas(height: height, width: width)
        for part in parts { canvas.fill(part.joined) }
        return canvas.mask
    }

    /// Rings around an object run clockwise: twice their area is positive where rows grow downward.
    private static func isOuter(_ ring: [Point]) -> Bool {
        var twice = 0.0
        for (start, end) in zip(ring, ring.dropFirst() + ring.prefix(1)) { twice += start.x * end.y - end.x * start.y }
        return twice > 0
    }
}

extension BinaryMask {
    /// The intersection over the union with another mask of the same size; 1 where both are empty.
    func iou(with other: BinaryMask) -> Double {
        var (shared, either) = (0, 0)
        for (own, its) in zip(values, other.values) {
            if own && its { shared += 1 }
            if own || its { either += 1 }
        }
        return either == 0 ? 1 : Double(shared) / Double(either)
    }
}
