extension RGBImage {
    /// The image with a mask laid over it: tinted inside, with an outline along the border.
    ///
    /// - Parameters:
    ///   - mask: what is tinted.
    ///   - color: of tint and outline.
    ///   - opacity: of the tint, 0...1.
    ///   - outline: the width of the outline in pixels, 0 for none; it lies inside of the mask.
    /// - Precondition: mask and image have the same size.
    public func overlaid(
        with mask: BinaryMask, color: RGBColor = .prediction, opacity: Double = 0.45, outline: Int = 2
    ) -> RGBImage {
        precondition(
            mask.width == width && mask.height == height,
            "overlaid: a mask of \(mask.width)x\(mask.height) on an image of \(width)x\(height)")
        var result = self
        let border = mask.innerBorder(outline)
        for pixel in mask.values.indices where mask.values[pixel] {
            let strength = border[pixel] ? 1 : opacity
            result.blend(color, x: pixel % width, y: pixel / width, opacity: strength)
        }
        return result
    }

    /// The image with a map of classes laid over it in VOC colours; background stays, void is white.
    ///
    /// - Precondition: map and image have the same size.
    public func overlaid(with labels: ClassMap, opacity: Double = 0.6) -> RGBImage {
        precondition(
            labels.width == width && labels.height == height,
            "overlaid: labels of \(labels.width)x\(labels.height) on an image of \(width)x\(height)")
        var result = self
        for (pixel, label) in labels.values.enumerated() where label != ClassMap.background {
            let voc = ColorMap.vocColor(Int(label))
            let color = RGBColor(red: voc[0], green: voc[1], blue: voc[2])
            let shown = label == ClassMap.void ? .white : color
            result.blend(shown, x: pixel % width, y: pixel / width, opacity: opacity)
        }
        return result
    }

    /// The image with an annotation drawn on it as a person would: masks tinted, boxes framed, strokes and points
    /// drawn. Parts outside of the image are left out.
    public func annotated(with annotation: Annotation, color: RGBColor = .annotation) -> RGBImage {
        switch annotation {
        case .none: return self
        case .mask(let mask):
            return overlaid(with: mask.resized(height: height, width: width), color: color)
        case .boxes(let boxes):
            var result = self
            let line = max(2, max(width, height) / 150)
            for box in boxes { result.frame(box, color: color, line: line) }
            return result
        case .scribbles(let scribbles):
            let strokes = scribbles.map { ($0.points, $0.thickness) }
            return drawing(strokes, color: color)
        case .points(let points):
            let size = 2 * Annotation.penThickness(height: height, width: width)
            return drawing(points.map { ([$0], size) }, color: color)
        }
    }

    private func drawing(_ strokes: [(points: [Point], thickness: Double)], color: RGBColor) -> RGBImage {
        var canvas = MaskCanvas(height: height, width: width)
        let area = (across: 0...Double(width), down: 0...Double(height))
        for stroke in strokes {
            let inside = stroke.points.filter { area.across.contains($0.x) && area.down.contains($0.y) }
            canvas.stroke(inside, thickness: stroke.thickness)
        }
        return overlaid(with: canvas.mask, color: color, opacity: 1, outline: 0)
    }

    private mutating func frame(_ box: Box, color: RGBColor, line: Int) {
        let columns = max(0, box.x0)..<max(max(0, box.x0), min(width, box.x1))
        let rows = max(0, box.y0)..<max(max(0, box.y0), min(height, box.y1))
        for y in rows {
            let onHorizontal = y < box.y0 + line || y >= box.y1 - line
            for x in columns where onHorizontal || x < box.x0 + line || x >= box.x1 - line {
                blend(color, x: x, y: y)
            }
        }
    }
}

extension BinaryMask {
    /// The foreground pixels with background, not the border of the image, within `thickness` steps.
    fileprivate func innerBorder(_ thickness: Int) -> [Bool] {
        var border = [Bool](repeating: false, count: values.count)
        var inside = values
        for _ in 0..<max(0, thickness) {
            var rim: [Int] = []
            for pixel in inside.indices where inside[pixel] {
                let (x, y) = (pixel % width, pixel / width)
                let left = x > 0 && !inside[pixel - 1]
                let right = x < width - 1 && !inside[pixel + 1]
                let up = y > 0 && !inside[pixel - width]
                let down = y < height - 1 && !inside[pixel + width]
                if left || right || up || down { rim.append(pixel) }
            }
            for pixel in rim {
                border[pixel] = true
                inside[pixel] = false
            }
        }
        return border
    }
}
