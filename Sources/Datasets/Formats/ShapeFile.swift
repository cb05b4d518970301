/// JSON with one of the keys `boxes`, `scribbles` and `points`, in pixels: what can be written by hand.
struct ShapeFile: AnnotationSource {
    let name = "JSON of shapes"

    func recognises(_ content: AnnotationContent) -> Bool {
        content.hasKeys("boxes") || content.hasKeys("scribbles") || content.hasKeys("points")
    }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        guard let root = content.json?.root else { throw content.problem(found: "no JSON", expected: name) }
        let objects: [AnnotatedObject]
        if let boxes = root["boxes"] {
            objects = try boxes.list(expected: "a list of boxes").enumerated().map { (index, box) throws(DatasetError) in
                let values = try box.list(expected: "a box [x0, y0, x1, y1]").map { $0.number ?? .nan }
                return AnnotatedObject(shape: .box(values), place: "boxes[\(index)]")
            }
        } else if let strokes = root["scribbles"] {
            objects = try strokes.list(expected: "a list of strokes").enumerated().map { (index, stroke) throws(DatasetError) in
                AnnotatedObject(shape: try self.stroke(stroke), place: "scribbles[\(index)]")
            }
        } else {
            let points = try root.required("points", expected: "a list of points").points()
            objects = points.isEmpty ? [] : [AnnotatedObject(shape: .points(points), place: "points")]
        }
        return AnnotationSet(images: [AnnotatedImage(objects: objects)])
    }

    private func stroke(_ node: JSONNode) throws(DatasetError) -> AnnotatedShape {
        let points = try node.required("points", expected: "a stroke with points").points()
        guard let thickness = node["thickness"], !thickness.isNull else { return .stroke(points, thickness: 3) }
        guard let pen = thickness.number, pen > 0, pen <= 1000 else {
            throw thickness.problem(expected: "a thickness in pixels", advice: "use 1...1000")
        }
        return .stroke(points, thickness: pen)
    }
}

/// Text of boxes `x0 y0 x1 y1` or points `x y`, one a line, in pixels.
struct ShapeLines: AnnotationSource {
    let name = "text of boxes or points"

    /// Every text that no other format claims: what is wrong with it is said line by line.
    func recognises(_ content: AnnotationContent) -> Bool { content.isLines }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        var objects: [AnnotatedObject] = []
        var points: [Point] = []
        for (number, line) in TextLines(content.bytes) {
            let words = TextLines.words(line)
            if words.isEmpty { continue }
            let place = "line \(number)"
            let values = words.compactMap { DecimalNumber.parse($0) }
            func problem(_ expected: String, _ advice: String) -> DatasetError {
                content.problem(place, found: TextLines.excerpt(line), expected: expected, advice: advice)
            }
            guard values.count == words.count else {
                throw problem(AnnotationFile.expectation, "correct the line")
            }
            switch values.count {
            case 4: objects.append(AnnotatedObject(shape: .box(values), place: place))
            case 2: points.append(Point(x: values[0], y: values[1]))
            case 5, 6:
                throw problem(
                    "a box \(BoxReader.convention), or YOLO's class cx cy w h in 0...1",
                    "leave the class out, or divide by the sides of the photo")
            default: throw problem(AnnotationFile.expectation, "correct the line")
            }
        }
        guard objects.isEmpty || points.isEmpty else {
            throw content.problem(found: "boxes and points together", expected: "one kind", advice: "keep one kind in a file")
        }
        guard !objects.isEmpty || !points.isEmpty else {
            throw content.problem(
                found: "no box and no point", expected: AnnotationFile.expectation, advice: "add at least one line")
        }
        if !points.isEmpty { objects = [AnnotatedObject(shape: .points(points), place: "points")] }
        return AnnotationSet(images: [AnnotatedImage(objects: objects)])
    }
}
