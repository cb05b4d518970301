/// Segments of a photo by its colours: the graph-based method of Felzenszwalb and Huttenlocher, "Efficient Graph-Based Image
/// Segmentation", IJCV 59, 2004.
///
/// Pixels are joined along the edges of the eight-connected grid, the most alike first, as long as an edge differs no more than the insides of
/// the two segments do. What a texture differs within itself is thereby forgiven, and a border in a calm place is kept. The photo is scaled down
/// and smoothed before, so that the work is bounded whatever its size. Nothing is random and only exact arithmetic decides: the same
/// pixels give the same segments.
///
/// One thing is not as in the article: the smallest size is counted in pixels that do not touch another segment. Outlines between two
/// even areas, which scaling makes one or two pixels wide, would be segments otherwise.
public struct GraphSegmentation: Sendable, Hashable {
    /// The scale of observation, the article's k, in levels of 0...255: larger values prefer larger segments.
    public var scale: Float
    /// The smallest segment as a share of the photo.
    public var smallestShare: Float
    /// The longer side of what is segmented; smaller photos keep their size.
    public var side: Int

    /// - Precondition: a positive scale, a share of 0...1, a side of 1...4096.
    public init(scale: Float = 300, smallestShare: Float = 0.005, side: Int = 160) {
        precondition(scale > 0 && (0...1).contains(smallestShare), "GraphSegmentation: scale \(scale), share \(smallestShare)")
        precondition((1...4096).contains(side), "GraphSegmentation: the side is \(side), expected 1...4096")
        (self.scale, self.smallestShare, self.side) = (scale, smallestShare, side)
    }

    /// The segments of a photo, at its size.
    public func segments(of photo: RGBImage) -> SegmentMap {
        let factor = min(1, Double(side) / Double(max(photo.height, photo.width)))
        func scaled(_ length: Int) -> Int { max(1, Int((Double(length) * factor).rounded())) }
        let small = SmoothedPhoto(photo.resized(height: scaled(photo.height), width: scaled(photo.width)))
        let edges = small.sortedEdges()
        var forest = SegmentForest(count: small.height * small.width)
        for edge in edges { forest.join(edge, scale: scale) }
        let roots = forest.roots()
        let interior = small.interior(of: roots)
        let smallest = Int(smallestShare * Float(roots.count))
        forest.absorb(smallerThan: max(1, smallest), interior: interior, along: edges)
        return SegmentMap(height: small.height, width: small.width, keys: forest.roots())
            .resized(height: photo.height, width: photo.width)
    }
}

/// Two neighbouring pixels.
private struct PixelEdge {
    var first: Int
    var second: Int
    /// The distance of their colours, in levels.
    var weight: Float
}

/// A photo after a pass of (1 2 1) over rows and columns, in sixteenths of a level.
private struct SmoothedPhoto {
    let height: Int
    let width: Int
    private let samples: [Int32]

    init(_ photo: RGBImage) {
        let (rows, columns) = (photo.height, photo.width)
        let source = photo.pixels.map { Int32($0) }
        func pass(_ values: [Int32], length: Int, stride: Int) -> [Int32] {
            values.indices.map { index in
                let place = index / stride % length
                let before = place > 0 ? values[index - stride] : values[index]
                let after = place < length - 1 ? values[index + stride] : values[index]
                return before + 2 * values[index] + after
            }
        }
        samples = pass(pass(source, length: columns, stride: 3), length: rows, stride: columns * 3)
        (height, width) = (rows, columns)
    }

    /// To the right, down, and down to both sides.
    private static let steps = [(x: 1, y: 0), (x: 0, y: 1), (x: 1, y: 1), (x: -1, y: 1)]

    /// All edges, the most alike first, those that are as alike in scan order.
    func sortedEdges() -> [PixelEdge] {
        var keys: [UInt64] = []
        keys.reserveCapacity(height * width * Self.steps.count)
        for y in 0..<height {
            for x in 0..<width {
                let pixel = y * width + x
                for (number, step) in Self.steps.enumerated() {
                    guard (0..<width).contains(x + step.x), y + step.y < height else { continue }
                    let distance = squaredDistance(pixel, pixel + step.y * width + step.x)
                    keys.append(UInt64(distance) << 32 | UInt64(pixel * Self.steps.count + number))
                }
            }
        }
        keys.sort()
        return keys.map { key in
            let (place, squared) = (Int(key & 0xffff_ffff), Float(key >> 32))
            let (pixel, step) = (place / Self.steps.count, Self.steps[place % Self.steps.count])
            return PixelEdge(first: pixel, second: pixel + step.y * width + step.x, weight: squared.squareRoot() / 16)
        }
    }

    private func squaredDistance(_ first: Int, _ second: Int) -> Int {
        (0..<3).reduce(0) { sum, channel in
            let difference = Int(samples[first * 3 + channel] - samples[second * 3 + channel])
            return sum + difference * difference
        }
    }

    /// Which pixels have no neighbour of another number.
    func interior(of numbers: [Int]) -> [Bool] {
        var isInterior = [Bool](repeating: true, count: numbers.count)
        for y in 0..<height {
            for x in 0..<width {
                let pixel = y * width + x
                for step in Self.steps {
                    guard (0..<width).contains(x + step.x), y + step.y < height else { continue }
                    let neighbour = pixel + step.y * width + step.x
                    if numbers[neighbour] != numbers[pixel] { (isInterior[pixel], isInterior[neighbour]) = (false, false) }
                }
            }
        }
        return isInterior
    }
}

/// Segments that grow.
private struct SegmentForest {
    private var sets: DisjointSets
    private var sizes: [Int]
    /// The largest weight within a set (the article's internal difference).
    private var differences: [Float]

    init(count: Int) {
        sets = DisjointSets(count: count)
        sizes = [Int](repeating: 1, count: count)
        differences = [Float](repeating: 0, count: count)
    }

    mutating func roots() -> [Int] { (0..<sets.count).map { sets.root(of: $0) } }

    /// Joins the ends of an edge where it differs no more than what they lie in.
    mutating func join(_ edge: PixelEdge, scale: Float) {
        let (first, second) = (sets.root(of: edge.first), sets.root(of: edge.second))
        guard first != second else { return }
        let allowed = min(
            differences[first] + scale / Float(sizes[first]), differences[second] + scale / Float(sizes[second]))
        guard edge.weight <= allowed else { return }
        unite(first, second)
        differences[min(first, second)] = edge.weight
    }

    /// Joins segments with less interior than `smallest` to the most alike neighbour.
    mutating func absorb(smallerThan smallest: Int, interior: [Bool], along edges: [PixelEdge]) {
        sizes = [Int](repeating: 0, count: sets.count)
        for pixel in interior.indices where interior[pixel] { sizes[sets.root(of: pixel)] += 1 }
        for edge in edges {
            let (first, second) = (sets.root(of: edge.first), sets.root(of: edge.second))
            if first != second, min(sizes[first], sizes[second]) < smallest { unite(first, second) }
        }
    }

    /// The root that comes first stays one.
    private mutating func unite(_ first: Int, _ second: Int) {
        let (kept, joined) = (min(first, second), max(first, second))
        sets.join(joined, into: kept)
        sizes[kept] += sizes[joined]
    }
}
