/// The picture while it is painted: colours, and how much of every pixel each object fills.
struct ShapeCanvas {
    /// Pixels along each side.
    let size: Int
    /// Whether colours are painted, or only what fills which pixel.
    let hasColors: Bool
    /// `size * size` colours, row by row.
    var colors: [ShapeColor]
    /// For every object painted so far, back to front, its visible share of every pixel.
    private(set) var coverage: [[Float]] = []

    init(size: Int, hasColors: Bool = true) {
        self.size = size
        self.hasColors = hasColors
        colors = [ShapeColor](repeating: ShapeColor(0, 0, 0), count: hasColors ? size * size : 0)
    }

    /// The picture coordinates of a pixel's centre.
    @inline(__always)
    func position(column: Int, row: Int) -> PlaneVector {
        let scale = 1 / Float(size)
        return PlaneVector((Float(column) + 0.5) * scale, (Float(row) + 0.5) * scale)
    }

    /// The pixels along one axis whose centres may lie between two picture coordinates.
    func pixels(from low: Float, to high: Float) -> Range<Int> {
        let first = max(Int(low * Float(size)) - 1, 0)
        let last = min(Int(high * Float(size)) + 2, size)
        return first..<max(first, last)
    }

    /// Begins the next object, in front of those before.
    mutating func beginObject() {
        coverage.append([Float](repeating: 0, count: size * size))
    }

    /// Paints over a pixel; what lies behind loses its share of it.
    @inline(__always)
    mutating func cover(_ pixel: Int, with color: ShapeColor, opacity: Float, isObject: Bool) {
        if hasColors { colors[pixel] = colors[pixel].mixed(with: color, opacity) }
        let behind = isObject ? coverage.count - 1 : coverage.count
        for object in 0..<behind {
            coverage[object][pixel] *= 1 - opacity
        }
        if isObject { coverage[behind][pixel] = opacity }
    }

    /// The object that fills most of every pixel: 0 where the background does, else 1 and up from back to front.
    func instances() -> [UInt8] {
        var result = [UInt8](repeating: 0, count: size * size)
        for pixel in result.indices {
            var best: Float = 1
            for object in coverage {
                best -= object[pixel]
            }
            for (number, object) in coverage.enumerated() where object[pixel] > 0 && object[pixel] >= best {
                best = object[pixel]
                result[pixel] = UInt8(number + 1)
            }
        }
        return result
    }
}
