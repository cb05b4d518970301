extension ShapeCanvas {
    /// Paints an object in front of everything so far: first its shadow, then its lit surface.
    mutating func paint(_ object: ShapeObject, lighting: ShapeLighting) {
        beginObject()
        if hasColors { paintShadow(of: object, lighting: lighting) }
        let painter = ShapeSurface(object: object, size: size, light: lighting.direction)
        let (low, high) = object.pose.bounds(reach: 1.1)
        for row in pixels(from: low.y, to: high.y) {
            for column in pixels(from: low.x, to: high.x) {
                let place = position(column: column, row: row)
                let point = object.pose.unproject(place)
                let distance = object.outline.signedDistance(point)
                guard distance < 2 * painter.pixel else { continue }
                let filled = distance < -2 * painter.pixel ? 1 : painter.coverage(at: place)
                guard filled > 0 else { continue }
                let color = hasColors ? painter.color(at: place, point: point, distance: distance) : ShapeColor(0, 0, 0)
                cover(row * size + column, with: color, opacity: filled, isObject: true)
            }
        }
    }

    private mutating func paintShadow(of object: ShapeObject, lighting: ShapeLighting) {
        let shift = lighting.direction * -lighting.shadowLength
        let softness = lighting.shadowSoftness
        let (low, high) = object.pose.bounds(reach: 1.1 + softness)
        for row in pixels(from: low.y + shift.y, to: high.y + shift.y) {
            for column in pixels(from: low.x + shift.x, to: high.x + shift.x) {
                let point = object.pose.unproject(position(column: column, row: row) - shift)
                let distance = object.outline.signedDistance(point)
                guard distance < softness else { continue }
                let depth = ShapeMath.smooth((softness - distance) / (2 * softness))
                let pixel = row * size + column
                colors[pixel] = colors[pixel].scaled(1 - depth * lighting.shadowStrength)
            }
        }
    }
}

/// The appearance of one object at one picture size.
struct ShapeSurface {
    private let object: ShapeObject
    private let light: PlaneVector
    private let step: Float
    /// The side of a pixel in object units.
    let pixel: Float

    init(object: ShapeObject, size: Int, light: PlaneVector) {
        self.object = object
        step = 1 / Float(size)
        pixel = step / object.pose.radius
        let inObject = object.pose.direction(light)
        self.light = inObject * (1 / inObject.length)
    }

    /// The share of a pixel that lies inside the outline, from 16 samples.
    func coverage(at place: PlaneVector) -> Float {
        var inside: Float = 0
        for row in 0..<4 {
            for column in 0..<4 {
                let shift = PlaneVector(Float(column) * 0.25 - 0.375, Float(row) * 0.25 - 0.375)
                if object.contains(place + shift * step) { inside += 1 }
            }
        }
        return inside / 16
    }

    /// The lit colour of a pixel, its pattern averaged over four samples.
    func color(at place: PlaneVector, point: PlaneVector, distance: Float) -> ShapeColor {
        var share: Float = 0
        for (x, y) in [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)] as [(Float, Float)] {
            let sample = object.pose.unproject(place + PlaneVector(x, y) * step)
            share += object.texture.value(sample, pixel: pixel * 0.5)
        }
        let surface = object.colors.0.mixed(with: object.colors.1, share / 4)
        return surface.scaled(brightness(point: point, distance: distance))
    }

    /// A dome over the whole object and a bevel along its outline, lit from one side.
    private func brightness(point: PlaneVector, distance: Float) -> Float {
        let dome = 1 + point.dot(light) * object.dome
        let rim = ShapeMath.clamp(1 + distance / object.bevel.width)
        guard rim > 0 else { return dome }
        let probe: Float = 0.03
        let slope = (object.outline.signedDistance(point + light * probe) - distance) / probe
        return dome * (1 + rim * slope * object.bevel.strength)
    }
}
