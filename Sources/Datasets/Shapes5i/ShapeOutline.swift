/// One object's outline in its own coordinates, in which every shape fills about the unit circle (y points down).
struct ShapeOutline: Sendable, Equatable {
    /// The shape.
    let shape: Shapes5i.Shape
    /// How stout this one is, 0...1: members of a class differ.
    private let stoutness: Float
    /// The corners, for shapes with straight sides.
    private let corners: [PlaneVector]
    /// The radius that rounds the corners.
    private let rounding: Float
    /// Centres of round parts.
    private let petals: [PlaneVector]

    init(shape: Shapes5i.Shape, random: inout ShapeRandom) {
        self.shape = shape
        stoutness = random.unit()
        rounding = random.uniform(0.02, 0.07)
        switch shape {
        case .star: corners = ShapeOutline.star(points: 5, inner: 0.44 + 0.1 * stoutness)
        case .cross: corners = ShapeOutline.cross(arm: 0.28 + 0.08 * stoutness)
        case .arrow: corners = ShapeOutline.arrow(shaft: 0.26 + 0.08 * stoutness)
        case .triangle: corners = ShapeOutline.star(points: 3, inner: 0.5)
        case .heart: corners = ShapeOutline.heart(tip: 0.92 + 0.14 * stoutness)
        case .ring, .crescent, .flower: corners = []
        }
        petals = shape == .flower ? (0..<5).map { PlaneVector(turns: Float($0) / 5 - 0.25) * 0.6 } : []
    }

    /// The distance to the outline, negative inside: exact or a close lower bound, in object units.
    func signedDistance(_ point: PlaneVector) -> Float {
        switch shape {
        case .ring:
            let inner = 0.46 - 0.08 * stoutness
            let middle = (0.98 + inner) / 2
            return abs(point.length - middle) - (0.98 - middle)
        case .crescent:
            let full = point.length - 1
            let bite = (point - PlaneVector(0.66, 0)).length - (0.8 - 0.1 * stoutness)
            return max(full, -bite)
        case .flower:
            return flowerDistance(point)
        case .heart:
            return heartDistance(point)
        case .star, .cross, .arrow, .triangle:
            return polygonDistance(point) - rounding
        }
    }

    private func flowerDistance(_ point: PlaneVector) -> Float {
        var nearest = Float.greatestFiniteMagnitude
        for petal in petals {
            let offset = point - petal
            nearest = min(nearest, offset.dot(offset))
        }
        let petalRadius = 0.34 + 0.04 * stoutness
        return min(nearest.squareRoot() - petalRadius, point.length - 0.48)
    }

    private func heartDistance(_ point: PlaneVector) -> Float {
        let lobe = (PlaneVector(abs(point.x), point.y) - ShapeOutline.lobe).length - ShapeOutline.lobeRadius
        return min(lobe, polygonDistance(point))
    }

    private func polygonDistance(_ point: PlaneVector) -> Float {
        var nearest = Float.greatestFiniteMagnitude
        var inside = false
        var start = corners[corners.count - 1]
        for end in corners {
            let edge = end - start
            let offset = point - start
            let along = ShapeMath.clamp(offset.dot(edge) / edge.dot(edge))
            let gap = offset - edge * along
            nearest = min(nearest, gap.dot(gap))
            if (start.y > point.y) != (end.y > point.y) {
                let crossing = offset.y / edge.y * edge.x
                if offset.x < crossing { inside.toggle() }
            }
            start = end
        }
        let distance = nearest.squareRoot()
        return inside ? -distance : distance
    }
}

extension ShapeOutline {
    private static let lobe = PlaneVector(0.48, -0.42)
    private static let lobeRadius: Float = 0.52

    /// What lies between the lobes of a heart and its tip: the straight sides touch the lobes.
    private static func heart(tip: Float) -> [PlaneVector] {
        let away = PlaneVector(0, tip) - lobe
        let axis = away * (1 / away.length)
        let cosine = lobeRadius / away.length
        let sine = (1 - cosine * cosine).squareRoot()
        let touch = lobe + (axis * cosine + PlaneVector(axis.y, -axis.x) * sine) * lobeRadius
        return [
            PlaneVector(0, tip), touch, lobe, PlaneVector(0, -0.45), PlaneVector(-lobe.x, lobe.y),
            PlaneVector(-touch.x, touch.y),
        ]
    }

    private static func star(points: Int, inner: Float) -> [PlaneVector] {
        (0..<(2 * points)).map { corner in
            let turns = Float(corner) / Float(2 * points) - 0.25
            return PlaneVector(turns: turns) * (corner % 2 == 0 ? 1 : inner)
        }
    }

    private static func cross(arm: Float) -> [PlaneVector] {
        let end: Float = 0.93
        let quarter = [PlaneVector(arm, -end), PlaneVector(arm, -arm), PlaneVector(end, -arm)]
        return (0..<4).flatMap { turn in
            quarter.map { corner in
                switch turn {
                case 0: corner
                case 1: PlaneVector(-corner.y, corner.x)
                case 2: PlaneVector(-corner.x, -corner.y)
                default: PlaneVector(corner.y, -corner.x)
                }
            }
        }
    }

    private static func arrow(shaft: Float) -> [PlaneVector] {
        [
            PlaneVector(-0.95, -shaft), PlaneVector(0.02, -shaft), PlaneVector(0.02, -0.78), PlaneVector(0.98, 0),
            PlaneVector(0.02, 0.78), PlaneVector(0.02, shaft), PlaneVector(-0.95, shaft),
        ]
    }
}
