internal import Foundation

/// CVAT's XML "for images": boxes, polygons, polylines, points, ellipses and masks.
struct CVATSource: AnnotationSource {
    let name = "CVAT XML"

    func recognises(_ content: AnnotationContent) -> Bool { content.rootElement == "annotations" }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        guard let root = content.xml else { throw content.problem(found: "no XML", expected: name) }
        var set = AnnotationSet(images: [])
        let labels = root["meta"]?.children.compactMap { $0["labels"] }.first
        set.classNames = labels?.children.compactMap { $0["name"]?.text } ?? []
        var unsupported = UnsupportedShapes()
        for element in root.children {
            switch element.name {
            case "image": set.images.append(try image(element, content, &unsupported))
            case "track": unsupported.add("track of a video", "line \(element.line)")
            default: break
            }
        }
        set.remarks = unsupported.remarks(content.url.path)
        return set
    }

    private func image(
        _ element: XMLTree, _ content: AnnotationContent, _ unsupported: inout UnsupportedShapes
    ) throws(DatasetError) -> AnnotatedImage {
        var image = AnnotatedImage(photo: element.attributes["name"])
        let reader = CVATElement(element: element, content: content)
        if element.attributes["width"] != nil, element.attributes["height"] != nil {
            (image.height, image.width) = (try reader.side("height"), try reader.side("width"))
        }
        for shape in element.children {
            let place = "line \(shape.line)"
            guard let form = try CVATElement(element: shape, content: content).shape() else {
                unsupported.add(shape.name, place)
                continue
            }
            guard let className = shape.attributes["label"] else {
                throw content.problem(place, found: "a shape without a label", expected: "a shape with a label")
            }
            image.objects.append(AnnotatedObject(className: className, shape: form, place: place))
        }
        return image
    }
}

/// One element of CVAT's with numbers in its attributes.
private struct CVATElement {
    let element: XMLTree
    let content: AnnotationContent

    func text(_ name: String) throws(DatasetError) -> String {
        guard let text = element.attributes[name] else {
            throw content.problem(
                "line \(element.line)", found: "<\(element.name)> without \(name)", expected: "the attribute \(name)")
        }
        return text
    }

    func number(_ name: String) throws(DatasetError) -> Double {
        try XMLNumbers.number(text(name), line: element.line, content)
    }

    func side(_ name: String) throws(DatasetError) -> Int { try XMLNumbers.side(number(name), line: element.line, content) }

    private func points() throws(DatasetError) -> [Point] {
        try text("points").split(separator: ";").map { (pair) throws(DatasetError) in
            let values = try pair.split(separator: ",").map { (word) throws(DatasetError) in
                try XMLNumbers.number(String(word), line: element.line, content)
            }
            guard values.count == 2 else {
                throw content.problem("line \(element.line)", found: "\"\(pair.prefix(60))\"", expected: "points x,y;x,y;...")
            }
            return Point(x: values[0], y: values[1])
        }
    }

    /// nil for an element that marks nothing or cannot be used.
    func shape() throws(DatasetError) -> AnnotatedShape? {
        switch element.name {
        case "box": return try box()
        case "polygon": return .polygons([try points()])
        case "polyline": return .stroke(try points(), thickness: nil)
        case "points": return .points(try points())
        case "ellipse":
            if let turn = element.attributes["rotation"], turn != "0.0", turn != "0" { return nil }
            return .ellipse(
                center: Point(x: try number("cx"), y: try number("cy")), radiusX: try number("rx"), radiusY: try number("ry"))
        case "mask": return try mask()
        default: return nil
        }
    }

    /// A box, turned about its centre where it says so.
    private func box() throws(DatasetError) -> AnnotatedShape {
        let sides = [try number("xtl"), try number("ytl"), try number("xbr"), try number("ybr")]
        guard element.attributes["rotation"] != nil else { return .box(sides) }
        let angle = try number("rotation") * Double.pi / 180
        if angle == 0 { return .box(sides) }
        let center = Point(x: (sides[0] + sides[2]) / 2, y: (sides[1] + sides[3]) / 2)
        let corners = [(sides[0], sides[1]), (sides[2], sides[1]), (sides[2], sides[3]), (sides[0], sides[3])]
        return .polygons([corners.map { Point(x: $0, y: $1).rotated(about: center, by: angle) }])
    }

    /// Runs along the rows of a part of the photo, the first of them background.
    private func mask() throws(DatasetError) -> AnnotatedShape {
        let counts = try text("rle").split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) ?? -1 }
        let (height, width) = (try side("height"), try side("width"))
        let (left, top) = (try number("left"), try number("top"))
        guard let runs = RunLengthMask(height: height, width: width, counts: counts, order: .rows) else {
            throw content.problem(
                "line \(element.line)", found: "runs that do not add up to \(height)x\(width)",
                expected: "lengths of runs along the rows")
        }
        return .runs(runs, x: Int(left.rounded(.down)), y: Int(top.rounded(.down)))
    }
}

extension Point {
    /// Turned clockwise, as images have it: from x towards y.
    func rotated(about center: Point, by angle: Double) -> Point {
        let (dx, dy) = (x - center.x, y - center.y)
        let (cosine, sine) = (Foundation.cos(angle), Foundation.sin(angle))
        return Point(x: center.x + dx * cosine - dy * sine, y: center.y + dx * sine + dy * cosine)
    }
}
