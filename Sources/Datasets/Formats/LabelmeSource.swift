internal import Foundation

/// JSON of labelme: one photo with its shapes.
///
/// Polygons, rectangles, circles and masks mark pixels; lines are strokes, points are points. Polygons are filled as
/// `pycocotools` does.
struct LabelmeSource: AnnotationSource {
    let name = "labelme JSON"

    func recognises(_ content: AnnotationContent) -> Bool { content.json?.root["shapes"]?.kind == .array }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        guard let root = content.json?.root else { throw content.problem(found: "no JSON", expected: name) }
        var image = AnnotatedImage(
            photo: root["imagePath"]?.string, height: try root.optionalSide("imageHeight"),
            width: try root.optionalSide("imageWidth"))
        var unsupported = UnsupportedShapes()
        for (index, shape) in try root.required("shapes", expected: "a list of shapes").list().enumerated() {
            let place = "shapes[\(index)]"
            let label = try shape.required("label", expected: "a shape with label and points")
            guard let className = label.label else { throw label.problem(expected: "the name of a class") }
            let type = shape["shape_type"]?.string ?? "polygon"
            guard let form = try self.shape(shape, type: type) else {
                unsupported.add(type, place)
                continue
            }
            image.objects.append(AnnotatedObject(className: className, shape: form, place: place))
        }
        return AnnotationSet(images: [image], classNames: image.classNames, remarks: unsupported.remarks(content.url.path))
    }

    /// nil for a type that is not supported.
    private func shape(_ node: JSONNode, type: String) throws(DatasetError) -> AnnotatedShape? {
        func points(_ counts: ClosedRange<Int>) throws(DatasetError) -> [Point] {
            let list = try node.required("points", expected: "a shape with label and points")
            let points = try list.points()
            guard counts.contains(points.count) else {
                throw list.problem(found: "\(points.count) points", expected: "the points of a shape of type \(type)")
            }
            return points
        }
        switch type {
        case "polygon": return .polygons([try points(3...Int.max)])
        case "oriented_rectangle": return .polygons([try points(4...4)])
        case "rectangle":
            let corners = try points(2...4)
            let (xs, ys) = (corners.map(\.x), corners.map(\.y))
            return .box([xs.min() ?? 0, ys.min() ?? 0, xs.max() ?? 0, ys.max() ?? 0])
        case "circle":
            let ends = try points(2...2)
            let (dx, dy) = (ends[1].x - ends[0].x, ends[1].y - ends[0].y)
            let radius = (dx * dx + dy * dy).squareRoot()
            return .ellipse(center: ends[0], radiusX: radius, radiusY: radius)
        case "line", "linestrip": return .stroke(try points(1...Int.max), thickness: nil)
        case "point", "points": return .points(try points(1...Int.max))
        case "mask":
            let corner = try points(1...Int.max)[0]
            let data = try node.required("mask", expected: "a mask as a PNG in base64")
            guard let text = data.string, let png = Data(base64Encoded: text, options: .ignoreUnknownCharacters),
                EmbeddedPNG.size(Array(png)) != nil
            else { throw data.problem(found: "a text that is no PNG", expected: "a mask as a PNG in base64") }
            return .picture(Array(png), x: Int(corner.x.rounded()), y: Int(corner.y.rounded()))
        default: return nil
        }
    }
}

/// Shapes of a valid file that cannot be used, by their type.
struct UnsupportedShapes {
    private var counts: [String: (count: Int, place: String)] = [:]

    mutating func add(_ type: String, _ place: String) {
        counts[String(type.prefix(40)), default: (0, place)].count += 1
    }

    func remarks(_ file: String) -> [String] {
        counts.sorted { $0.key < $1.key }.map { type, found in
            let shapes = found.count == 1 ? "a shape" : "\(found.count) shapes"
            return
                "\(file), \(found.place): \(shapes) of type \"\(type)\" cannot be used and \(found.count == 1 ? "is" : "are") left out."
        }
    }
}
