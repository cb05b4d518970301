internal import Foundation

/// Label Studio's JSON export: a list of tasks, each a photo with what was marked in it.
///
/// Shapes are in percent of the photo, whose size stands beside each. Brushes are Label Studio's own run lengths
/// (``LabelStudioBrush``). The annotations of several people are taken together; those that were cancelled are left out.
struct LabelStudioSource: AnnotationSource {
    let name = "Label Studio JSON"

    func recognises(_ content: AnnotationContent) -> Bool {
        guard let root = content.json?.root else { return false }
        let task = root.kind == .array ? root.elements.first : root
        guard let task else { return false }
        return task["data"]?.kind == .object && (task["annotations"] ?? task["completions"])?.kind == .array
    }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        guard let root = content.json?.root else { throw content.problem(found: "no JSON", expected: name) }
        var set = AnnotationSet(images: [])
        var unsupported = UnsupportedShapes()
        for (number, task) in (root.kind == .array ? root.elements : [root]).enumerated() {
            let start = root.kind == .array ? "[\(number)]." : ""
            let data = try task.required("data", expected: "a task with data and annotations")
            let photo = data["image"] ?? data.members.first { $0.value.string != nil }?.value
            var image = AnnotatedImage(photo: photo?.string)
            let name = task["annotations"] != nil ? "annotations" : "completions"
            for (index, annotation) in (task[name]?.elements ?? []).enumerated() {
                if annotation["was_cancelled"]?.isTrue == true { continue }
                for (place, item) in (annotation["result"]?.elements ?? []).enumerated() {
                    try read(item, "\(start)\(name)[\(index)].result[\(place)]", into: &image, &unsupported)
                }
            }
            set.images.append(image)
        }
        var seen: Set<String> = []
        set.classNames = set.images.flatMap(\.classNames).filter { seen.insert($0).inserted }
        set.remarks = unsupported.remarks(content.url.path)
        return set
    }

    private func read(
        _ item: JSONNode, _ path: String, into image: inout AnnotatedImage, _ unsupported: inout UnsupportedShapes
    ) throws(DatasetError) {
        let type = item["type"]?.string ?? ""
        // Texts, choices and relations stand between the shapes.
        guard let value = item["value"], let names = value[type]?.elements, type.hasSuffix("labels") else {
            if ["rectangle", "brush", "polygon", "ellipse", "keypoint", "bitmask", "vectorlabels"].contains(type) {
                unsupported.add("\(type) without a label", path)
            }
            return
        }
        let height = try item.required("original_height", expected: "a result with the photo's size").side()
        let width = try item.required("original_width", expected: "a result with the photo's size").side()
        guard image.height == nil || (image.height == height && image.width == width) else {
            throw item.problem(found: "\(width)x\(height)", expected: "one size for all that is marked in a photo")
        }
        (image.height, image.width) = (height, width)
        guard let className = names.first?.label else {
            throw value.problem(found: "a shape without a label", expected: "a label in \"\(type)\"")
        }
        let reader = LabelStudioShape(value: value, height: height, width: width)
        guard let shape = try reader.shape(type) else {
            unsupported.add(type, path)
            return
        }
        image.objects.append(AnnotatedObject(className: className, shape: shape, place: path))
    }
}

/// One shape of Label Studio, in percent.
private struct LabelStudioShape {
    let value: JSONNode
    let height: Int
    let width: Int

    private func percent(_ name: String, of side: Int) throws(DatasetError) -> Double {
        let number = try value.required(name, expected: "the number \"\(name)\" in percent")
        return try number.coordinate(expected: "a number in percent") * Double(side) / 100
    }

    /// nil for a type that cannot be used.
    func shape(_ type: String) throws(DatasetError) -> AnnotatedShape? {
        switch type == "labels" ? inferred : type {
        case "brushlabels": return try brush()
        case "rectanglelabels": return try rectangle()
        case "polygonlabels":
            let list = try value.required("points", expected: "a polygon with points")
            return .polygons([try list.points().map { Point(x: $0.x * Double(width) / 100, y: $0.y * Double(height) / 100) }])
        case "ellipselabels":
            guard try rotation() == 0 else { return nil }
            return .ellipse(
                center: try corner(), radiusX: try percent("radiusX", of: width), radiusY: try percent("radiusY", of: height))
        case "keypointlabels": return .points([try corner()])
        default: return nil
        }
    }

    /// The type of a shape of the tag that takes all shapes.
    private var inferred: String {
        if value["rle"] != nil { return "brushlabels" }
        if value["points"] != nil { return "polygonlabels" }
        if value["radiusX"] != nil { return "ellipselabels" }
        return value["width"] != nil && value["height"] != nil ? "rectanglelabels" : "labels"
    }

    private func corner() throws(DatasetError) -> Point { Point(x: try percent("x", of: width), y: try percent("y", of: height)) }

    /// In degrees.
    private func rotation() throws(DatasetError) -> Double {
        guard let turn = value["rotation"], !turn.isNull else { return 0 }
        return try turn.coordinate(expected: "an angle in degrees")
    }

    /// A rectangle, turned about its upper left corner where it says so.
    private func rectangle() throws(DatasetError) -> AnnotatedShape {
        let start = try corner()
        let (w, h) = (try percent("width", of: width), try percent("height", of: height))
        let angle = try rotation() * Double.pi / 180
        if angle == 0 { return .box([start.x, start.y, start.x + w, start.y + h]) }
        let corners = [(0, 0), (w, 0), (w, h), (0, h)].map { Point(x: start.x + $0.0, y: start.y + $0.1) }
        return .polygons([corners.map { $0.rotated(about: start, by: angle) }])
    }

    private func brush() throws(DatasetError) -> AnnotatedShape {
        let list = try value.required("rle", expected: "a brush with rle")
        var bytes: [UInt8] = []
        for node in try list.list(expected: "bytes 0...255") {
            guard let byte = node.integer.flatMap({ UInt8(exactly: $0) }) else { throw node.problem(expected: "a byte 0...255") }
            bytes.append(byte)
        }
        guard let runs = LabelStudioBrush.decode(bytes, height: height, width: width) else {
            throw list.problem(
                found: "a brush that does not decode to \(width)x\(height) pixels", expected: "Label Studio's RLE of RGBA pixels",
                advice: "export the file again")
        }
        return .runs(runs, x: 0, y: 0)
    }
}
