/// Parts a connected region where it narrows: a watershed of the distances to the background.
///
/// Pixels are taken in by falling distance. One beside no other begins a part; where two parts meet, they are one unless the place is
/// narrow: less than ``neck`` of the radius of the smaller one. Beads on a string come apart, a bar of changing width does not.
struct TouchingParts {
    /// How narrow, in shares of the smaller part's radius, a place between two parts is.
    var neck = 0.75
    /// Parts of a smaller radius, in pixels, are none of their own.
    var smallestRadius = 2.0
    /// Regions in larger boxes are parted at a smaller scale.
    var mostPixels = 1 << 20

    /// The number of a part for every pixel of a region, -1 for background, and how many there are.
    func labels(of region: BinaryMask) -> (values: [Int32], count: Int) {
        let factor = Int((Double(region.values.count) / Double(mostPixels)).squareRoot().rounded(.up))
        guard factor > 1 else { return flooded(region) }
        let (height, width) = ((region.height + factor - 1) / factor, (region.width + factor - 1) / factor)
        var small = BinaryMask(height: height, width: width, values: [Bool](repeating: false, count: height * width))
        for y in 0..<region.height {
            for x in 0..<region.width where region.values[y * region.width + x] {
                small.values[y / factor * width + x / factor] = true
            }
        }
        let parts = flooded(small)
        var values = [Int32](repeating: -1, count: region.values.count)
        for y in 0..<region.height {
            for x in 0..<region.width where region.values[y * region.width + x] {
                values[y * region.width + x] = parts.values[y / factor * width + x / factor]
            }
        }
        return (values, parts.count)
    }

    private func flooded(_ region: BinaryMask) -> (values: [Int32], count: Int) {
        let distances = Self.distances(of: region)
        let order = region.values.indices.filter { region.values[$0] }
            .sorted { distances[$0] != distances[$1] ? distances[$0] > distances[$1] : $0 < $1 }
        var owners = [Int32](repeating: -1, count: region.values.count)
        var basins = Basins()
        for pixel in order {
            var near: [Int] = []
            var steepest = -1
            region.forEachNeighbour(of: pixel) { neighbour in
                guard owners[neighbour] >= 0 else { return }
                if steepest < 0 || distances[neighbour] > distances[steepest] { steepest = neighbour }
                let root = basins.root(Int(owners[neighbour]))
                if !near.contains(root) { near.append(root) }
            }
            guard var best = near.first else {
                owners[pixel] = Int32(basins.begin(distances[pixel]))
                continue
            }
            for root in near.dropFirst() {
                let (high, low) = basins.peaks[root] > basins.peaks[best] ? (root, best) : (best, root)
                let peak = basins.peaks[low]
                if distances[pixel] >= neck * peak || peak < smallestRadius { basins.join(low, into: high) }
                best = high
            }
            // Uphill, not to the higher part: that would creep along the rim of the other.
            owners[pixel] = Int32(basins.root(Int(owners[steepest])))
        }
        return basins.numbered(owners)
    }

    /// Distances to the nearest background; what lies around the region counts as such.
    private static func distances(of region: BinaryMask) -> [Double] {
        let (height, width) = (region.height + 2, region.width + 2)
        var framed = BinaryMask(height: height, width: width, values: [Bool](repeating: false, count: height * width))
        for y in 0..<region.height {
            for x in 0..<region.width { framed.values[(y + 1) * width + x + 1] = region.values[y * region.width + x] }
        }
        let squared = DistanceTransform.squared(framed, to: false)
        var distances: [Double] = []
        distances.reserveCapacity(region.values.count)
        for y in 0..<region.height {
            let start = (y + 1) * width + 1
            for place in start..<(start + region.width) { distances.append(squared[place].squareRoot()) }
        }
        return distances
    }

    /// Parts that grow and are joined.
    private struct Basins {
        private var sets = DisjointSets()
        /// The largest distance in each part.
        var peaks: [Double] = []

        mutating func begin(_ peak: Double) -> Int {
            peaks.append(peak)
            return sets.append()
        }

        mutating func root(_ index: Int) -> Int { sets.root(of: index) }

        mutating func join(_ low: Int, into high: Int) { sets.join(low, into: high) }

        /// Owners by numbers from 0 in scan order.
        mutating func numbered(_ owners: [Int32]) -> (values: [Int32], count: Int) {
            var (numbers, values): ([Int: Int32], [Int32]) = ([:], owners)
            for pixel in values.indices where values[pixel] >= 0 {
                let root = root(Int(values[pixel]))
                let number = numbers[root] ?? Int32(numbers.count)
                numbers[root] = number
                values[pixel] = number
            }
            return (values, numbers.count)
        }
    }
}

extension BinaryMask {
    /// Calls `body` with the up to eight neighbours of a pixel.
    fileprivate func forEachNeighbour(of pixel: Int, _ body: (Int) -> Void) {
        let (x, y) = (pixel % width, pixel / width)
        for row in max(0, y - 1)...min(height - 1, y + 1) {
            for column in max(0, x - 1)...min(width - 1, x + 1) where row != y || column != x { body(row * width + column) }
        }
    }
}
