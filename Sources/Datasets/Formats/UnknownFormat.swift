internal import Foundation

/// What a file is that no format claims: tools whose files are known but not read are named, with what they can export.
struct UnknownFormat {
    private let content: AnnotationContent

    init(_ content: AnnotationContent) { self.content = content }

    /// The error that says so.
    var problem: DatasetError {
        let (found, advice) = description
        return content.problem(found: found, expected: AnnotationFile.expectation, advice: advice)
    }

    private static let export = "export COCO JSON from there"

    private var description: (found: String, advice: String) {
        if let root = content.json?.root { return json(root) }
        if let root = content.xml {
            let known = ["svg": "an SVG drawing", "kml": "a KML map", "opencv_storage": "a file of OpenCV"]
            let found = known[root.name] ?? "XML with the element <\(root.name.prefix(40))>"
            return (found, "export one of these formats")
        }
        let isEmpty = content.bytes.allSatisfy { [0x20, 9, 10, 13].contains($0) }
        return (isEmpty ? "no text" : "text of an unknown form", "export one of these formats")
    }

    private func json(_ root: JSONNode) -> (String, String) {
        let isList = root.kind == .array
        let first = isList ? root.elements.first : root
        guard let first, first.kind == .object else {
            return ("JSON that is a list of something else", "export one of these formats")
        }
        let regions = first.members.first?.value["regions"]
        if first["_via_img_metadata"] != nil || regions != nil { return ("a project of the VGG Image Annotator", Self.export) }
        if first["objects"]?.kind == .array && first["size"] != nil { return ("an annotation of Supervisely", Self.export) }
        if first["items"] != nil && first["categories"] != nil { return ("an annotation of Datumaro", Self.export) }
        if first["type"]?.string == "FeatureCollection" { return ("GeoJSON", "draw the masks as PNG") }
        if isList && first["image"] != nil && first["annotations"] != nil { return ("an annotation of Create ML", Self.export) }
        if isList && first["image"] != nil && first["id"] != nil {
            return ("Label Studio's export JSON-MIN", "export JSON from there, which has what was marked in full")
        }
        let names = first.members.prefix(6).map { "\"\($0.name.prefix(40))\"" }
        let object = names.isEmpty ? "an empty object" : names.joined(separator: ", ")
        return ((isList ? "JSON that is a list of " : "JSON with ") + object, "export one of these formats")
    }
}
