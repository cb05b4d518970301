internal import Foundation

/// COCO's JSON of instances (images, categories, annotations), or a list of results.
///
/// A segmentation is polygons, RLE with plain counts or RLE with compressed ones; an annotation without one is its box. Crowds
/// count as objects of their class, with a remark.
struct COCOSource: AnnotationSource {
    let name = "COCO JSON"

    func recognises(_ content: AnnotationContent) -> Bool {
        guard let root = content.json?.root else { return false }
        if content.hasKeys("images", "annotations") { return true }
        let first = root.elements.first
        return first?["image_id"] != nil && (first?["segmentation"] != nil || first?["bbox"] != nil)
    }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        guard let root = content.json?.root else { throw content.problem(found: "no JSON", expected: name) }
        let categories = try categories(root)
        var (images, places) = try images(root)
        var unsupported = UnsupportedShapes()
        var crowds = 0
        let list = root["annotations"]
        for (index, annotation) in try (list ?? root).list(expected: "a list of annotations").enumerated() {
            let path = list == nil ? "[\(index)]" : "annotations[\(index)]"
            if annotation["caption"] != nil {
                unsupported.add("caption", path)
                continue
            }
            let id = try self.id(annotation, "image_id")
            if places[id] == nil && root.kind == .array {
                places[id] = images.count
                images.append(AnnotatedImage())
            }
            guard let image = places[id] else {
                throw annotation.problem(found: "the image \(id), which \"images\" does not have", expected: "the id of an image")
            }
            let category = try self.id(annotation, "category_id")
            guard let shape = try shape(annotation) else {
                unsupported.add("annotation without segmentation and bbox", path)
                continue
            }
            if annotation["iscrowd"]?.integer == 1 { crowds += 1 }
            let className = categories.names[category] ?? "category \(category)"
            images[image].objects.append(AnnotatedObject(className: className, shape: shape, place: path))
        }
        let crowd = crowds == 0 ? [] : ["\(content.url.path): \(crowds) crowd regions count as objects of their class."]
        return AnnotationSet(
            images: images, classNames: categories.order, remarks: unsupported.remarks(content.url.path) + crowd)
    }

    private func id(_ node: JSONNode, _ name: String) throws(DatasetError) -> String {
        let value = try node.required(name, expected: "an annotation of COCO with \"\(name)\"")
        guard let id = value.label else { throw value.problem(expected: "an id") }
        return id
    }

    private func categories(_ root: JSONNode) throws(DatasetError) -> (names: [String: String], order: [String]) {
        var (names, order): ([String: String], [String]) = ([:], [])
        for category in root["categories"]?.elements ?? [] {
            let id = try self.id(category, "id")
            let value = try category.required("name", expected: "a category with id and name")
            guard let name = value.label else { throw value.problem(expected: "the name of a category") }
            names[id] = name
            order.append(name)
        }
        return (names, order)
    }

    private func images(_ root: JSONNode) throws(DatasetError) -> (images: [AnnotatedImage], places: [String: Int]) {
        var (images, places): ([AnnotatedImage], [String: Int]) = ([], [:])
        for image in root["images"]?.elements ?? [] {
            places[try self.id(image, "id")] = images.count
            images.append(
                AnnotatedImage(
                    photo: image["file_name"]?.string, height: try image.optionalSide("height"),
                    width: try image.optionalSide("width")))
        }
        return (images, places)
    }

    /// The segmentation, or the box where there is none; nil where there is neither.
    private func shape(_ annotation: JSONNode) throws(DatasetError) -> AnnotatedShape? {
        if let segmentation = annotation["segmentation"], !segmentation.isNull {
            if segmentation.kind == .object { return .runs(try COCORuns.read(segmentation), x: 0, y: 0) }
            let polygons = try segmentation.list(expected: "polygons or RLE")
            if !polygons.isEmpty {
                return .polygons(
                    try polygons.map { (polygon) throws(DatasetError) in
                        let values = try polygon.coordinates(expected: "a polygon [x, y, x, y, ...]")
                        guard values.count >= 6, values.count % 2 == 0 else {
                            throw polygon.problem(
                                found: "\(values.count) numbers", expected: "a polygon of at least three points")
                        }
                        return stride(from: 0, to: values.count, by: 2).map { Point(x: values[$0], y: values[$0 + 1]) }
                    })
            }
        }
        guard let box = annotation["bbox"], !box.isNull, box.elements.count > 0 else { return nil }
        let values = try box.coordinates(count: 4, expected: "a box [x, y, width, height]")
        return .box([values[0], values[1], values[0] + values[2], values[1] + values[3]])
    }
}

/// COCO's RLE in JSON: `{"size": [height, width], "counts": ...}`.
enum COCORuns {
    static func read(_ node: JSONNode) throws(DatasetError) -> RunLengthMask {
        let expected = "RLE with size [height, width] and counts that add up to it"
        let sizes = try node.required("size", expected: expected)
        let sides = try sizes.list(expected: expected)
        guard sides.count == 2 else { throw sizes.problem(found: "\(sides.count) sides", expected: expected) }
        let (height, width) = (try sides[0].side(), try sides[1].side())
        let counts = try node.required("counts", expected: expected)
        let runs: RunLengthMask?
        if let text = counts.plainText {
            runs = RunLengthMask(height: height, width: width, compressed: text)
        } else if let text = counts.string {
            runs = RunLengthMask(height: height, width: width, compressed: text.utf8)
        } else {
            let numbers = try counts.list(expected: expected).map { (count) throws(DatasetError) in
                guard let number = count.integer, number >= 0 else { throw count.problem(expected: "the length of a run") }
                return number
            }
            runs = RunLengthMask(height: height, width: width, counts: numbers)
        }
        guard let runs else { throw counts.problem(found: "runs that do not add up to \(height)x\(width)", expected: expected) }
        return runs
    }
}
