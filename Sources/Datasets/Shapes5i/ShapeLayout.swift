/// A mask that is painted as the objects of a scene are: on a new ground, with a shadow, lit from one side.
struct ShapeLayout {
    /// Where the thing is.
    let mask: BinaryMask
    /// The middle of the thing in pixels.
    let centre: PlaneVector
    /// Its reach in pixels.
    let radius: Float

    /// Paints the thing.
    ///
    /// - Parameters:
    ///   - tones: how much of the second colour every pixel has; nil for the texture of the class.
    ///   - seed: decides ground and light.
    ///   - random: decides colours.
    func painted(
        _ surface: Shapes5i.Redrawing.Surface, tones: [Float]?, seed: UInt64, random: inout ShapeRandom
    ) -> RGBImage {
        let side = max(mask.height, mask.width)
        let classID = if case .texture(let classID) = surface { classID } else { 1 }
        var scene = ShapeSceneSampler(allowed: [classID], classID: classID).scene(keys: [seed, 8])
        scene.foreground = []
        let pose = ShapePose(
            centre: centre * (1 / Float(side)), radius: max(radius / Float(side), 0.02), random: &random)
        let object = ShapeObject(classID: classID, pose: pose, random: &random)
        scene.objects = []
        var canvas = ShapeCanvas(size: side)
        canvas.paint(scene.backdrop)
        let distances = signedDistances()
        paintShadow(distances, scene.lighting, on: &canvas)
        paint(object, tones, distances, scene.lighting, on: &canvas)
        return cropped(scene.develop(canvas), side: side)
    }

    /// Pixels to the outline, negative inside.
    private func signedDistances() -> [Float] {
        let inside = DistanceTransform.squared(mask, to: false)
        let outside = DistanceTransform.squared(mask, to: true)
        return inside.indices.map { Float(outside[$0].squareRoot() - inside[$0].squareRoot()) }
    }

    private func paintShadow(_ distances: [Float], _ lighting: ShapeLighting, on canvas: inout ShapeCanvas) {
        let softness = max(lighting.shadowSoftness * radius, 1)
        let shift = lighting.direction * (-lighting.shadowLength * Float(canvas.size))
        for row in 0..<mask.height {
            for column in 0..<mask.width {
                let distance = self.distance(distances, Float(column) - shift.x, Float(row) - shift.y)
                guard distance < softness else { continue }
                let depth = ShapeMath.smooth((softness - distance) / (2 * softness))
                let pixel = row * canvas.size + column
                canvas.colors[pixel] = canvas.colors[pixel].scaled(1 - depth * lighting.shadowStrength)
            }
        }
    }

    private func paint(
        _ object: ShapeObject, _ tones: [Float]?, _ distances: [Float], _ lighting: ShapeLighting, on canvas: inout ShapeCanvas
    ) {
        let inObject = object.pose.direction(lighting.direction)
        let light = inObject * (1 / max(inObject.length, 1e-6))
        let step = 1 / Float(canvas.size)
        for row in 0..<mask.height {
            for column in 0..<mask.width {
                let pixel = row * mask.width + column
                // Half a pixel on both sides of the outline is mixed, so that edges are as soft as the benchmark's.
                let opacity = ShapeMath.clamp(0.5 - 0.5 * distances[pixel])
                guard opacity > 0 else { continue }
                let place = canvas.position(column: column, row: row)
                let share = tones?[pixel] ?? texture(object, at: place, step: step)
                let color = object.colors.0.mixed(with: object.colors.1, share)
                let brightness = brightness(
                    object, light, object.pose.unproject(place), (column, row), distances, lighting.direction)
                let target = row * canvas.size + column
                canvas.colors[target] = canvas.colors[target].mixed(with: color.scaled(brightness), opacity)
            }
        }
    }

    /// The pattern averaged over four samples.
    private func texture(_ object: ShapeObject, at place: PlaneVector, step: Float) -> Float {
        var share: Float = 0
        for (x, y) in [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)] as [(Float, Float)] {
            let sample = object.pose.unproject(place + PlaneVector(x, y) * step)
            share += object.texture.value(sample, pixel: step / object.pose.radius * 0.5)
        }
        return share / 4
    }

    /// A dome over the whole thing and a bevel along its outline.
    private func brightness(
        _ object: ShapeObject, _ light: PlaneVector, _ point: PlaneVector, _ pixel: (x: Int, y: Int), _ distances: [Float],
        _ direction: PlaneVector
    ) -> Float {
        let dome = 1 + min(max(point.dot(light), -1), 1) * object.dome
        let distance = distances[pixel.y * mask.width + pixel.x]
        let rim = ShapeMath.clamp(1 + distance / (object.bevel.width * radius))
        guard rim > 0 else { return dome }
        let probe: Float = 2
        let ahead = self.distance(
            distances, Float(pixel.x) + direction.x * probe, Float(pixel.y) + direction.y * probe)
        let slope = min(max((ahead - distance) / probe, -1), 1)
        return dome * (1 + rim * slope * object.bevel.strength)
    }

    /// The distance at a place in pixels; at the border the nearest.
    private func distance(_ distances: [Float], _ x: Float, _ y: Float) -> Float {
        let column = min(max(Int(x.rounded()), 0), mask.width - 1)
        let row = min(max(Int(y.rounded()), 0), mask.height - 1)
        return distances[row * mask.width + column]
    }

    private func cropped(_ pixels: [UInt8], side: Int) -> RGBImage {
        guard mask.height < side || mask.width < side else { return RGBImage(height: side, width: side, pixels: pixels) }
        var kept: [UInt8] = []
        kept.reserveCapacity(mask.height * mask.width * 3)
        for row in 0..<mask.height {
            let start = row * side * 3
            kept += pixels[start..<(start + mask.width * 3)]
        }
        return RGBImage(height: mask.height, width: mask.width, pixels: kept)
    }
}
