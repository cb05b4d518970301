/// A colour of the drawing: display-referred components, 0...1 where the screen can show them.
struct ShapeColor: Sendable, Equatable {
    var red: Float
    var green: Float
    var blue: Float

    @inline(__always)
    init(_ red: Float, _ green: Float, _ blue: Float) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour of any hue with a given brightness (luma), more or less saturated.
    init(luma: Float, saturation: Float, random: inout ShapeRandom) {
        let hue = random.unit()
        let full = ShapeColor(
            ShapeColor.hueRamp(hue), ShapeColor.hueRamp(hue + 2 / 3), ShapeColor.hueRamp(hue + 1 / 3))
        let tinted = ShapeColor(1, 1, 1).mixed(with: full, saturation)
        let scaled = tinted.scaled(luma / tinted.luma)
        let peak = max(scaled.red, max(scaled.green, scaled.blue))
        // A saturated blue cannot be bright: what does not fit is made up for with white.
        self = peak <= 1 ? scaled : scaled.scaled(1 / peak).mixed(with: ShapeColor(1, 1, 1), (peak - 1) / peak * 0.6)
    }

    /// Rec. 601 brightness.
    var luma: Float {
        let warm = 0.299 * red + 0.587 * green
        return warm + 0.114 * blue
    }

    @inline(__always)
    func mixed(with other: ShapeColor, _ amount: Float) -> ShapeColor {
        ShapeColor(
            red + (other.red - red) * amount,
            green + (other.green - green) * amount,
            blue + (other.blue - blue) * amount)
    }

    @inline(__always)
    func scaled(_ factor: Float) -> ShapeColor {
        ShapeColor(red * factor, green * factor, blue * factor)
    }

    @inline(__always)
    static func + (left: ShapeColor, right: ShapeColor) -> ShapeColor {
        ShapeColor(left.red + right.red, left.green + right.green, left.blue + right.blue)
    }

    /// One channel of the fully saturated colour circle.
    private static func hueRamp(_ hue: Float) -> Float {
        ShapeMath.clamp(ShapeMath.triangleWave(hue) * 3 - 1)
    }
}
