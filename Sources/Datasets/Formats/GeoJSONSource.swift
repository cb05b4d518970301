internal import Foundation

/// GeoJSON of polygons in pixels, as ``PolygonExport`` writes it: with `image`, `height` and `width` beside the features, which have a
/// `class` among their properties.
///
/// A polygon is its outer ring less the rings that follow. GeoJSON without these names is of maps, whose coordinates are degrees, and is not read.
struct GeoJSONSource: AnnotationSource {
    let name = "GeoJSON"

    func recognises(_ content: AnnotationContent) -> Bool {
        content.json?.root["type"]?.string == "FeatureCollection" && content.hasKeys("features", "image", "height", "width")
    }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        guard let root = content.json?.root else { throw content.problem(found: "no JSON", expected: name) }
        var image = AnnotatedImage(
            photo: root["image"]?.string, height: try root.optionalSide("height"), width: try root.optionalSide("width"))
        var unsupported = UnsupportedShapes()
        for (index, feature) in try root.required("features", expected: "a list of features").list().enumerated() {
            let place = "features[\(index)]"
            let geometry = try feature.required("geometry", expected: "a feature with a geometry")
            let type = geometry["type"]?.string ?? "none"
            guard type == "Polygon" || type == "MultiPolygon" else {
                unsupported.add(type, place)
                continue
            }
            let list = try geometry.required("coordinates", expected: "the coordinates of a \(type)")
            let polygons = type == "Polygon" ? [list] : try list.list(expected: "a list of polygons")
            let lines = try polygons.map { (polygon) throws(DatasetError) in try Self.joined(polygon) }
            if lines.isEmpty { continue }
            let className = feature["properties"]?["class"]?.label
            image.objects.append(AnnotatedObject(className: className, shape: .polygons(lines), place: place))
        }
        return AnnotationSet(images: [image], classNames: image.classNames, remarks: unsupported.remarks(content.url.path))
    }

    private static func joined(_ polygon: JSONNode) throws(DatasetError) -> [Point] {
        let rings = try polygon.list(expected: "a list of rings").map { (ring) throws(DatasetError) in
            var points = try ring.points()
            if points.count > 1, points.first == points.last { points.removeLast() }
            guard points.count >= 3 else {
                throw ring.problem(found: "\(points.count) points", expected: "a ring of at least three points")
            }
            return points
        }
        guard let outer = rings.first else { throw polygon.problem(found: "no ring", expected: "an outer ring") }
        return MaskPolygons.Part(outer: outer, holes: Array(rings.dropFirst())).joined
    }
}
