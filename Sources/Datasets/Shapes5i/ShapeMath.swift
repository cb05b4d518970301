/// Arithmetic of the drawing, built on IEEE addition, multiplication, division and square root alone.
///
/// The mathematical library of a platform may round a sine one way or the other; these functions may not, which keeps
/// every picture bit-identical everywhere.
enum ShapeMath {
    /// The largest whole number that is not above `value`; `value` must fit an `Int32`.
    @inline(__always)
    static func floor(_ value: Float) -> Float {
        let truncated = Float(Int32(value))
        return truncated > value ? truncated - 1 : truncated
    }

    /// The sine of an angle in turns (1 is a whole circle), within 4e-6.
    static func sine(turns: Float) -> Float {
        var angle = turns - floor(turns + 0.5)
        if angle > 0.25 {
            angle = 0.5 - angle
        } else if angle < -0.25 {
            angle = -0.5 - angle
        }
        let x = angle * 6.283_185_5
        let square = x * x
        var series: Float = 1 / 362_880
        series = series * square - 1 / 5_040
        series = series * square + 1 / 120
        series = series * square - 1 / 6
        return x * (series * square + 1)
    }

    /// The cosine of an angle in turns.
    static func cosine(turns: Float) -> Float {
        sine(turns: turns + 0.25)
    }

    /// 1 at whole numbers, 0 halfway between them, linear in between.
    @inline(__always)
    static func triangleWave(_ value: Float) -> Float {
        let fraction = value - floor(value)
        return abs(fraction - 0.5) * 2
    }

    /// 0 below `edge`, 1 above it, with a linear ramp of the given width around it.
    @inline(__always)
    static func ramp(_ value: Float, edge: Float, width: Float) -> Float {
        clamp((value - edge) / width + 0.5)
    }

    /// The Hermite step of a value that runs from 0 to 1.
    @inline(__always)
    static func smooth(_ value: Float) -> Float {
        let x = clamp(value)
        return x * x * (3 - 2 * x)
    }

    /// `value` limited to 0...1.
    @inline(__always)
    static func clamp(_ value: Float) -> Float {
        min(max(value, 0), 1)
    }
}

/// A point or a direction of the plane.
struct PlaneVector: Sendable, Equatable {
    var x: Float
    var y: Float

    @inline(__always)
    init(_ x: Float, _ y: Float) {
        self.x = x
        self.y = y
    }

    /// The unit vector at an angle in turns.
    init(turns: Float) {
        self.init(ShapeMath.cosine(turns: turns), ShapeMath.sine(turns: turns))
    }

    @inline(__always)
    var length: Float { dot(self).squareRoot() }

    @inline(__always)
    func dot(_ other: PlaneVector) -> Float { x * other.x + y * other.y }

    @inline(__always)
    static func + (left: PlaneVector, right: PlaneVector) -> PlaneVector {
        PlaneVector(left.x + right.x, left.y + right.y)
    }

    @inline(__always)
    static func - (left: PlaneVector, right: PlaneVector) -> PlaneVector {
        PlaneVector(left.x - right.x, left.y - right.y)
    }

    @inline(__always)
    static func * (left: PlaneVector, right: Float) -> PlaneVector {
        PlaneVector(left.x * right, left.y * right)
    }
}
