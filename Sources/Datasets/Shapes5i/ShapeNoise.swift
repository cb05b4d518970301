/// Smooth value noise on a lattice that repeats every 32 cells.
struct ShapeNoise: Sendable, Equatable {
    private static let side = 32
    private let values: [Float]

    init(random: inout ShapeRandom) {
        var values = [Float](repeating: 0, count: ShapeNoise.side * ShapeNoise.side)
        for index in values.indices {
            values[index] = random.unit()
        }
        self.values = values
    }

    /// The noise at a point, in 0...1; whole coordinates are lattice points.
    @inline(__always)
    func value(_ x: Float, _ y: Float) -> Float {
        let left = ShapeMath.floor(x)
        let top = ShapeMath.floor(y)
        let mask = ShapeNoise.side - 1
        let column = Int(left) & mask
        let row = Int(top) & mask
        let nextColumn = (column + 1) & mask
        let upper = row * ShapeNoise.side
        let lower = ((row + 1) & mask) * ShapeNoise.side
        let across = ShapeMath.smooth(x - left)
        let down = ShapeMath.smooth(y - top)
        let above = values[upper + column] + (values[upper + nextColumn] - values[upper + column]) * across
        let below = values[lower + column] + (values[lower + nextColumn] - values[lower + column]) * across
        return above + (below - above) * down
    }

    /// The sum of several octaves, each of twice the frequency and `persistence` times the amplitude, in 0...1.
    func octaves(_ count: Int, _ x: Float, _ y: Float, persistence: Float) -> Float {
        var total: Float = 0
        var weight: Float = 1
        var weights: Float = 0
        var frequency: Float = 1
        for octave in 0..<count {
            // The offset keeps the lattice lines of the octaves apart.
            let shift = Float(octave) * 7.3
            total += weight * value(x * frequency + shift, y * frequency + shift)
            weights += weight
            weight *= persistence
            frequency *= 2
        }
        return total / weights
    }
}
