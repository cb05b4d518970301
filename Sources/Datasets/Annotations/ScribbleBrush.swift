internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Paints curved strokes of a brush at random places of an object, as VRP-SAM's scribbles are made.
///
/// One to twenty strokes; each begins at the innermost of four random pixels of the object and takes eight to fourteen steps, of a twentieth to
/// an eighth of the object's longer side, turning by up to 60 degrees at each; a cubic B-spline through the corners; the brush is 3 to 9
/// pixels wide in an image of 400. A stroke ends where the brush would paint beyond the object; one that could hardly begin is
/// painted with a narrower brush. The reference implementation intersects painted pixels with the mask; its presets and generator are
/// others.
public struct ScribbleBrush: Sendable {
    /// The name and version of the procedure, for manifests.
    public static let identifier = "scribble-brush-1"
    /// How many strokes there may be.
    public static let strokeCounts = 1...20

    /// The seed of all strokes.
    public var seed: UInt64

    /// A brush in a hand for its seed.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// The strokes on a mask; empty for an empty mask.
    public func scribbles(on mask: BinaryMask) -> [Scribble] {
        guard let box = mask.boundingBox else { return [] }
        var random = NumPyRandom(seed: seed)
        let pixels = mask.values.indices.filter { mask.values[$0] }
        let depths = DistanceTransform.squared(mask, to: false)
        let pen = Annotation.penThickness(height: mask.height, width: mask.width)
        let count = Self.strokeCounts.lowerBound + random.interval(Self.strokeCounts.count - 1)
        return (0..<count).map { _ in
            let starts = (0..<4).map { _ in pixels[random.interval(pixels.count - 1)] }
            let start = starts.reduce(starts[0]) { depths[$1] > depths[$0] ? $1 : $0 }
            let nodes = walk(from: mask.center(of: start), side: Double(max(box.width, box.height)), random: &random)
            let width = pen * (1 + 2 * random.uniform())
            return clipped(Spline.curve(through: nodes, samplesPerNode: 8), width: width, start: start, mask, depths)
        }
    }

    private func walk(from start: Point, side: Double, random: inout NumPyRandom) -> [Point] {
        var heading = random.uniform() * 2 * .pi
        var nodes = [start]
        for _ in 0..<(8 + random.interval(6)) {
            let step = side * (0.05 + 0.075 * random.uniform())
            let last = nodes[nodes.count - 1]
            nodes.append(Point(x: last.x + step * cos(heading), y: last.y + step * sin(heading)))
            heading += (random.uniform() - 0.5) * 2 * .pi / 3
        }
        return nodes
    }

    /// The part of a curve from its start on that stays on the object, with a brush that does, too.
    private func clipped(
        _ curve: [Point], width: Double, start: Int, _ mask: BinaryMask, _ depths: [Double]
    ) -> Scribble {
        // A pixel's centre is up to 0.71 away from a point in it, and another half pixel lies between two points of the line.
        let slack = 1.25
        let line = zip(curve, curve.dropFirst()).flatMap { $0.steps(to: $1) } + curve.suffix(1)
        let rooms = line.map { point -> Double in
            guard mask.contains(point) else { return 0 }
            return 2 * (depths[Int(point.y) * mask.width + Int(point.x)].squareRoot() - slack)
        }
        var longest = Scribble(points: [mask.center(of: start)], thickness: 1)
        for brush in [width, width / 2, 1] where brush >= 1 {
            let count = rooms.prefix { $0 >= brush }.count
            if count > longest.points.count { longest = Scribble(points: Array(line.prefix(count)), thickness: brush) }
            if 2 * count >= line.count { break }
        }
        return longest
    }
}

extension Point {
    /// Points from this one towards another, at most half a pixel apart, without the other.
    fileprivate func steps(to other: Point) -> [Point] {
        let (dx, dy) = (other.x - x, other.y - y)
        let count = max(1, Int((2 * (dx * dx + dy * dy).squareRoot()).rounded(.up)))
        return (0..<count).map { step in
            let part = Double(step) / Double(count)
            return Point(x: x + part * dx, y: y + part * dy)
        }
    }
}
