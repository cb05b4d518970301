extension Annotation {
    /// The pixels that the annotation marks in an image of the given size.
    ///
    /// Boxes are filled; strokes are drawn with round ends and their own thickness, at least one pixel wide; points
    /// become discs of 3 pixels diameter at 400 pixels image side. ``none`` marks every pixel, which is how the
    /// "no support mask" protocol of HSNet treats supports.
    ///
    /// - Throws: ``DatasetError`` when a mask has another size, a box, stroke or point lies outside of the image, or
    ///   nothing is marked.
    public func rasterised(height: Int, width: Int) throws(DatasetError) -> BinaryMask {
        var canvas = MaskCanvas(height: height, width: width)
        switch self {
        case .mask(let mask):
            guard mask.width == width && mask.height == height else {
                throw problem(
                    found: "a mask of \(mask.width)x\(mask.height) pixels",
                    expected: "the size of its image, \(width)x\(height)",
                    advice: "draw the mask on the image in its full size")
            }
            return try nonempty(mask)
        case .boxes(let boxes):
            for (index, box) in boxes.enumerated() { try validate(box, index: index, height: height, width: width) }
            canvas.fill(boxes)
        case .scribbles(let scribbles):
            for (index, scribble) in scribbles.enumerated() {
                try validate(scribble.points, "scribble \(index + 1)", height: height, width: width)
                canvas.stroke(scribble.points, thickness: scribble.thickness)
            }
        case .points(let points):
            try validate(points, "points", height: height, width: width)
            for point in points {
                canvas.stroke([point], thickness: Annotation.penThickness(height: height, width: width))
            }
        case .none:
            return BinaryMask(height: height, width: width, values: Array(repeating: true, count: width * height))
        }
        return try nonempty(canvas.mask)
    }

    private func nonempty(_ mask: BinaryMask) throws(DatasetError) -> BinaryMask {
        if mask.values.contains(true) { return mask }
        throw problem(
            found: "no marked pixel", expected: "at least one pixel of the object",
            advice: "mark the object in the support image")
    }

    /// The pen of drawn annotations: 3 pixels in an image of 400, in proportion to the longer side.
    static func penThickness(height: Int, width: Int) -> Double {
        max(1, 3 * Double(max(width, height)) / 400)
    }

    private func problem(
        place: String = "", found: String, expected: String, advice: String
    ) -> DatasetError {
        DatasetError(
            file: "\(kind.rawValue) annotation", place: place, found: found, expected: expected, advice: advice)
    }

    private func validate(_ box: Box, index: Int, height: Int, width: Int) throws(DatasetError) {
        let startsInside = box.x0 >= 0 && box.y0 >= 0
        let endsInside = box.x1 <= width && box.y1 <= height
        guard startsInside && endsInside && box.area > 0 else {
            throw problem(
                place: "box \(index + 1)", found: "\(box.x0) \(box.y0) \(box.x1) \(box.y1)",
                expected: "x0 < x1 <= \(width) and y0 < y1 <= \(height), not negative",
                advice: "give the box in pixels of the image")
        }
    }

    private func validate(_ points: [Point], _ place: String, height: Int, width: Int) throws(DatasetError) {
        let (right, bottom) = (Double(width), Double(height))
        for point in points {
            // Negated, so that a value that is not a number fails as well.
            guard (0...right).contains(point.x) && (0...bottom).contains(point.y) else {
                throw problem(
                    place: place, found: "the point \(point.x) \(point.y)",
                    expected: "0...\(width) across and 0...\(height) down",
                    advice: "give points in pixels of the image")
            }
        }
    }
}
