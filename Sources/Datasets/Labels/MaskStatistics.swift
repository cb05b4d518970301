internal import CImageCodecs

/// What is counted in a mask picture before its rule is chosen: one pass over the rows, three of which are in memory.
struct MaskStatistics {
    /// More different colours than this are not told apart.
    static let colorLimit = 256

    /// Pixels in all.
    private(set) var pixels = 0
    /// Pixels of each brightness, over black.
    private(set) var count: [Int]
    /// Those of them that have a darker and a brighter pixel around them, as soft edges do; flat areas have none.
    private(set) var edges: [Int]
    /// Pixels of each palette index or grey value; empty for pictures of colours.
    private(set) var values: [Int: Int] = [:]
    /// Pixels that are visibly coloured.
    private(set) var colored = 0
    /// The colours that are not black, 257 at most.
    private(set) var colors: Set<UInt64> = []
    /// Pixels that are at most half and more than half opaque.
    private(set) var transparent = 0
    private(set) var opaque = 0

    private let sampler: MaskSampler
    private var lastKey: UInt64 = 0

    init(_ sampler: MaskSampler) {
        self.sampler = sampler
        count = Array(repeating: 0, count: sampler.peak + 1)
        edges = count
    }

    /// Counts a file.
    static func counting(_ bytes: [UInt8], file: String) throws(ImageError) -> (PictureInfo, MaskStatistics) {
        try ImageCodec.reading(bytes, as: FSS_ROWS_VALUES, file: file) { (rows) throws(ImageError) in
            let sampler = MaskSampler(rows.info)
            var statistics = MaskStatistics(sampler)
            var window = RowWindow()
            try rows.forEachRow(sampler) { samples in
                statistics.add(samples)
                window.push(samples)
                statistics.addEdges(window)
            }
            window.pushEnd()
            statistics.addEdges(window)
            return (rows.info, statistics)
        }
    }

    private mutating func add(_ samples: [MaskSample]) {
        let tolerance = sampler.peak / 32
        let hasValues = sampler.info.color != .rgb
        pixels += samples.count
        var run: (value: Int, count: Int) = (0, 0)
        for sample in samples {
            count[sample.brightness] += 1
            if sample.chroma > tolerance { colored += 1 }
            if sample.alpha * 2 > sampler.peak { opaque += 1 } else { transparent += 1 }
            let key = sample.key
            if key != lastKey {
                lastKey = key
                if key != 0 && colors.count <= Self.colorLimit { colors.insert(key) }
            }
            guard hasValues else { continue }
            if sample.value != run.value {
                if run.count > 0 { values[run.value, default: 0] += run.count }
                run = (sample.value, 0)
            }
            run.count += 1
        }
        if run.count > 0 { values[run.value, default: 0] += run.count }
    }

    /// Looks at the middle row of three.
    private mutating func addEdges(_ window: RowWindow) {
        guard let middle = window.middle else { return }
        let last = middle.count - 1
        for x in 0...last {
            let value = middle[x]
            // Black and the brightest value cannot be between two others.
            if value == 0 || value == sampler.peak { continue }
            var (darker, brighter) = (false, false)
            for row in [window.above, window.middle, window.below] {
                guard let row else { continue }
                for column in max(0, x - 1)...min(last, x + 1) {
                    if row[column] < value { darker = true } else if row[column] > value { brighter = true }
                }
            }
            if darker && brighter { edges[value] += 1 }
        }
    }

    /// The brightest value.
    var brightest: Int { count.lastIndex { $0 > 0 } ?? 0 }
    /// The values that occur, in ascending order.
    var shades: [Int] { count.indices.filter { count[$0] > 0 } }
    /// How many different values are not 0.
    var variety: Int { count.dropFirst().reduce(0) { $0 + ($1 > 0 ? 1 : 0) } }

    /// Pixels far from black and from the brightest value, and those of them on edges. In a mask with soft edges nearly all of them
    /// are; in a map of ids and in a photo of areas they are not.
    var between: (count: Int, edges: Int) {
        let brightest = brightest
        var sum = (count: 0, edges: 0)
        for value in count.indices where value * 8 > brightest && value * 8 < brightest * 7 {
            sum.count += count[value]
            sum.edges += edges[value]
        }
        return sum
    }
}

/// The brightness of three rows in a sequence.
private struct RowWindow {
    private(set) var above: [Int]?
    private(set) var middle: [Int]?
    private(set) var below: [Int]?

    mutating func push(_ samples: [MaskSample]) {
        (above, middle) = (middle, below)
        below = samples.map(\.brightness)
    }

    mutating func pushEnd() {
        (above, middle) = (middle, below)
        below = nil
    }
}
