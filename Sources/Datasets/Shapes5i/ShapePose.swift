/// Where an object lies in the picture: a rotation, a shear, two scales and a mild perspective.
///
/// Picture coordinates run from 0 to 1 along both sides, whatever the number of pixels, so that one scene can be drawn
/// at any size.
struct ShapePose: Sendable, Equatable {
    /// The picture position of the object's origin.
    let centre: PlaneVector
    /// The typical half extent, as a share of the picture's side.
    let radius: Float
    private let columns: (PlaneVector, PlaneVector)
    private let inverseRows: (PlaneVector, PlaneVector)
    private let tilt: PlaneVector

    init(centre: PlaneVector, radius: Float, random: inout ShapeRandom) {
        self.centre = centre
        self.radius = radius
        let turned = random.direction()
        let stretch = random.uniform(0.85, 1.18)
        let shear = random.uniform(-0.22, 0.22)
        let mirror: Float = random.chance(0.5) ? 1 : -1
        let across = turned * (radius * stretch * mirror)
        let down = PlaneVector(-turned.y, turned.x) * (radius / stretch) + across * shear
        columns = (across, down)
        let determinant = across.x * down.y - down.x * across.y
        inverseRows = (
            PlaneVector(down.y, -down.x) * (1 / determinant), PlaneVector(-across.y, across.x) * (1 / determinant)
        )
        tilt = random.direction() * random.uniform(0, 0.22)
    }

    /// The picture position of a point of the object.
    func project(_ point: PlaneVector) -> PlaneVector {
        let flat = columns.0 * point.x + columns.1 * point.y
        return centre + flat * (1 / (1 + tilt.dot(point)))
    }

    /// The point of the object that lies at a picture position.
    @inline(__always)
    func unproject(_ position: PlaneVector) -> PlaneVector {
        let flat = direction(position - centre)
        return flat * (1 / max(1 - tilt.dot(flat), 0.2))
    }

    /// A picture direction in object coordinates, at the object's origin.
    @inline(__always)
    func direction(_ picture: PlaneVector) -> PlaneVector {
        PlaneVector(inverseRows.0.dot(picture), inverseRows.1.dot(picture))
    }

    /// The picture rectangle that holds every object point with coordinates within ±`reach`.
    func bounds(reach: Float) -> (low: PlaneVector, high: PlaneVector) {
        var low = PlaneVector(.greatestFiniteMagnitude, .greatestFiniteMagnitude)
        var high = PlaneVector(-.greatestFiniteMagnitude, -.greatestFiniteMagnitude)
        for (x, y) in [(-reach, -reach), (reach, -reach), (-reach, reach), (reach, reach)] {
            let corner = project(PlaneVector(x, y))
            low = PlaneVector(min(low.x, corner.x), min(low.y, corner.y))
            high = PlaneVector(max(high.x, corner.x), max(high.y, corner.y))
        }
        return (low, high)
    }

    static func == (left: ShapePose, right: ShapePose) -> Bool {
        left.centre == right.centre && left.radius == right.radius && left.columns == right.columns
            && left.tilt == right.tilt
    }
}
