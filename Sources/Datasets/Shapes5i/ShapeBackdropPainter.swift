extension ShapeCanvas {
    /// Fills the canvas with a backdrop and its clutter.
    mutating func paint(_ backdrop: ShapeBackdrop) {
        let octaves = size > 160 ? 5 : 4
        let step = 1 / Float(size)
        for row in 0..<size {
            for column in 0..<size {
                let place = position(column: column, row: row)
                colors[row * size + column] = ShapeCanvas.color(of: backdrop, at: place, octaves: octaves, step: step)
            }
        }
        for blob in backdrop.blobs {
            paint(blob)
        }
        for stroke in backdrop.strokes {
            paint(stroke)
        }
    }

    private static func color(
        of backdrop: ShapeBackdrop, at place: PlaneVector, octaves: Int, step: Float
    ) -> ShapeColor {
        let grain = place * backdrop.noiseCells
        let coarse = backdrop.noise.octaves(octaves, grain.x, grain.y, persistence: backdrop.persistence)
        let patches = backdrop.noise.value(grain.x * 0.7 + 13.7, grain.y * 0.7 + 5.1)
        let share = ShapeMath.smooth((coarse - 0.3) * 2.5)
        var color = backdrop.palette[0].mixed(with: backdrop.palette[1], share)
        color = color.mixed(with: backdrop.palette[2], ShapeMath.smooth((patches - 0.45) * 4))
        var brightness = 1 + (place - PlaneVector(0.5, 0.5)).dot(backdrop.gradient)
        brightness += (coarse - 0.5) * 0.5
        if let pattern = backdrop.pattern {
            brightness += (pattern.value(place, pixel: step) - 0.5) * backdrop.patternStrength
        }
        return color.scaled(brightness)
    }

    private mutating func paint(_ blob: ShapeBlob) {
        let reach = 1 + blob.softness
        let (low, high) = blob.pose.bounds(reach: reach)
        for row in pixels(from: low.y, to: high.y) {
            for column in pixels(from: low.x, to: high.x) {
                let distance = blob.pose.unproject(position(column: column, row: row)).length
                guard distance < reach else { continue }
                let inside = ShapeMath.smooth((reach - distance) / (2 * blob.softness))
                let pixel = row * size + column
                colors[pixel] = colors[pixel].mixed(with: blob.color, inside * blob.opacity)
            }
        }
    }

    /// Draws a stroke; the objects painted so far lose the pixels under it.
    mutating func paint(_ stroke: ShapeStroke) {
        let reach = stroke.halfWidth + 1 / Float(size)
        let along = stroke.end - stroke.start
        let squaredLength = max(along.dot(along), 1e-6)
        let columns = pixels(
            from: min(stroke.start.x, stroke.end.x) - reach, to: max(stroke.start.x, stroke.end.x) + reach)
        for row in pixels(
            from: min(stroke.start.y, stroke.end.y) - reach, to: max(stroke.start.y, stroke.end.y) + reach)
        {
            for column in columns {
                let offset = position(column: column, row: row) - stroke.start
                let nearest = ShapeMath.clamp(offset.dot(along) / squaredLength)
                let distance = (offset - along * nearest).length
                guard distance < reach else { continue }
                let opacity = ShapeMath.clamp((stroke.halfWidth - distance) * Float(size) + 0.5)
                // The rounded shading makes a twig of a line.
                let shade = 1.1 - 0.45 * (distance / reach)
                cover(row * size + column, with: stroke.color.scaled(shade), opacity: opacity, isObject: false)
            }
        }
    }
}
