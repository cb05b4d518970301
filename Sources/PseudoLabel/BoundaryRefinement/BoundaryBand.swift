internal import Datasets

/// The pixels whose label a refinement may change.
enum BoundaryBand {
    /// Pixels with another label within so many steps in any direction (Chebyshev distance), and void ones.
    static func updatable(_ labels: ClassMap, width band: Int) -> [Bool] {
        let (width, height) = (labels.width, labels.height)
        let rows = extremes(labels.values, labels.values, lines: height, length: width, lineStep: width, step: 1, band)
        let all = extremes(rows.low, rows.high, lines: width, length: height, lineStep: 1, step: width, band)
        return labels.values.indices.map { all.low[$0] != all.high[$0] || labels.values[$0] == ClassMap.void }
    }

    /// Least and largest label within so many steps along one axis.
    private static func extremes(
        _ low: [Int32], _ high: [Int32], lines: Int, length: Int, lineStep: Int, step: Int, _ reach: Int
    ) -> (low: [Int32], high: [Int32]) {
        var (lows, highs) = (low, high)
        for line in 0..<lines {
            let start = line * lineStep
            for place in 0..<length {
                let pixel = start + place * step
                var (least, most) = (low[pixel], high[pixel])
                for other in max(0, place - reach)...min(length - 1, place + reach) {
                    let neighbour = start + other * step
                    least = min(least, low[neighbour])
                    most = max(most, high[neighbour])
                }
                (lows[pixel], highs[pixel]) = (least, most)
            }
        }
        return (lows, highs)
    }
}
