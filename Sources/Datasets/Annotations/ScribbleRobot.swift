internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Draws the strokes that a person in a hurry might draw, after the robot of the DAVIS interactive benchmark.
///
/// For each connected region: opening with a disc of radius `0.15 √area / 2`, at most 16; skeleton; longest path;
/// nodes along the path, moved a little at random; a cubic B-spline through them; the longest part that stays on
/// the object. Regions below a hundredth of the class area are left out, as a person would. The pen is 3 pixels wide
/// in an image of 400.
public struct ScribbleRobot: Sendable {
    /// The name and version of the procedure, for manifests.
    public static let identifier = "scribble-robot-1"

    /// The seed of the moved nodes.
    public var seed: UInt64

    /// A robot with a steady hand for its seed.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// The strokes on a mask, in the scan order of its regions; empty for an empty mask.
    public func scribbles(on mask: BinaryMask) -> [Scribble] {
        var random = NumPyRandom(seed: seed)
        let minimum = Double(mask.area) / 100
        let thickness = Annotation.penThickness(height: mask.height, width: mask.width)
        return mask.regions().filter { Double($0.pixels.count) >= minimum }.map { region in
            let local = LocalRegion(region, width: mask.width)
            let points = stroke(on: local, random: &random).map { point in
                Point(x: point.x + Double(local.left), y: point.y + Double(local.top))
            }
            // The border of padding may not leave the image.
            let inside = points.map { point in
                Point(x: min(max(point.x, 0), Double(mask.width)), y: min(max(point.y, 0), Double(mask.height)))
            }
            return Scribble(points: inside, thickness: thickness)
        }
    }

    /// The curve on one region, in the coordinates of its own small mask.
    private func stroke(on region: LocalRegion, random: inout NumPyRandom) -> [Point] {
        let side = Double(region.area).squareRoot()
        let opened = region.mask.opened(radius: min(16, 0.15 * side / 2))
        let body = opened.largestRegion() ?? region.mask
        var path = body.skeleton().longestPath().map { body.center(of: $0) }
        if Double(path.count) < 0.3 * side {
            path = chord(through: path[path.count / 2], of: body, random: &random)
        }
        let depths = DistanceTransform.squared(body, to: false)
        let nodes = nodes(along: path, depths: depths, width: body.width, random: &random)
        let curve = Spline.curve(through: nodes)
        let inside = region.mask.longestRun(of: curve)
        return inside.isEmpty ? Array(path.prefix(1)) : inside
    }

    /// A straight line across a region without a long axis, such as a ball.
    private func chord(through center: Point, of body: BinaryMask, random: inout NumPyRandom) -> [Point] {
        let angle = random.uniform() * .pi
        let (dx, dy) = (cos(angle), sin(angle))
        func walk(_ sign: Double) -> [Point] {
            var points: [Point] = []
            var distance = 1.0
            while true {
                let point = Point(x: center.x + sign * distance * dx, y: center.y + sign * distance * dy)
                guard body.contains(point) else { break }
                points.append(point)
                distance += 1
            }
            // A hand stops short of the border.
            return Array(points.prefix(points.count * 3 / 4))
        }
        return walk(-1).reversed() + [center] + walk(1)
    }

    /// About eight nodes, trimmed at both ends and moved by up to a quarter of the distance to the border.
    private func nodes(
        along path: [Point], depths: [Double], width: Int, random: inout NumPyRandom
    ) -> [Point] {
        let trim = Int(random.uniform() * 0.1 * Double(path.count))
        let kept = Array(path.dropFirst(trim).dropLast(trim))
        let step = max(4, kept.count / 8)
        var indices = Array(stride(from: 0, to: kept.count, by: step))
        if let last = indices.last, last != kept.count - 1 { indices.append(kept.count - 1) }
        return indices.map { index in
            let point = kept[index]
            let depth = depths[Int(point.y) * width + Int(point.x)].squareRoot()
            let (shiftX, shiftY) = (random.uniform() - 0.5, random.uniform() - 0.5)
            return Point(x: point.x + shiftX * depth / 2, y: point.y + shiftY * depth / 2)
        }
    }
}

/// A region in a mask of its own, with a border of one background pixel.
private struct LocalRegion {
    var mask: BinaryMask
    var left: Int
    var top: Int
    var area: Int

    init(_ region: Region, width: Int) {
        left = region.box.x0 - 1
        top = region.box.y0 - 1
        area = region.pixels.count
        let localWidth = region.box.width + 2
        let localHeight = region.box.height + 2
        var values = [Bool](repeating: false, count: localWidth * localHeight)
        for pixel in region.pixels {
            let (x, y) = (pixel % width - left, pixel / width - top)
            values[y * localWidth + x] = true
        }
        mask = BinaryMask(height: localHeight, width: localWidth, values: values)
    }
}

extension BinaryMask {
    func center(of pixel: Int) -> Point {
        Point(x: Double(pixel % width) + 0.5, y: Double(pixel / width) + 0.5)
    }

    func contains(_ point: Point) -> Bool {
        guard point.x >= 0 && point.y >= 0 else { return false }
        let (x, y) = (Int(point.x), Int(point.y))
        return x < width && y < height && values[y * width + x]
    }

    fileprivate func largestRegion() -> BinaryMask? {
        let regions = regions()
        let most = regions.map(\.pixels.count).max() ?? 0
        guard let region = regions.first(where: { $0.pixels.count == most }) else { return nil }
        var kept = [Bool](repeating: false, count: values.count)
        for pixel in region.pixels { kept[pixel] = true }
        return BinaryMask(height: height, width: width, values: kept)
    }

    /// The longest consecutive part of a curve that is on the foreground.
    fileprivate func longestRun(of curve: [Point]) -> [Point] {
        var best: [Point] = []
        var run: [Point] = []
        for point in curve {
            if contains(point) { run.append(point) } else { run = [] }
            if run.count > best.count { best = run }
        }
        return best
    }
}

/// Uniform cubic B-splines.
enum Spline {
    /// The curve with the nodes as control points, the first and last three times so that it reaches them.
    static func curve(through nodes: [Point], samplesPerNode: Int = 8) -> [Point] {
        guard let first = nodes.first, let last = nodes.last, nodes.count > 1 else { return nodes }
        let control = [first, first] + nodes + [last, last]
        var points: [Point] = []
        for index in 0..<(control.count - 3) {
            for sample in 0..<samplesPerNode {
                let t = Double(sample) / Double(samplesPerNode)
                points.append(blend(Array(control[index..<(index + 4)]), at: t))
            }
        }
        return points + [last]
    }

    private static func blend(_ control: [Point], at t: Double) -> Point {
        let (t2, t3) = (t * t, t * t * t)
        let weights = [
            (1 - 3 * t + 3 * t2 - t3) / 6,
            (4 - 6 * t2 + 3 * t3) / 6,
            (1 + 3 * t + 3 * t2 - 3 * t3) / 6,
            t3 / 6,
        ]
        let x = zip(weights, control).reduce(0) { $0 + $1.0 * $1.1.x }
        let y = zip(weights, control).reduce(0) { $0 + $1.0 * $1.1.y }
        return Point(x: x, y: y)
    }
}
