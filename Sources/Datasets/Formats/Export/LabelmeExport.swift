public import Foundation

/// labelme's JSON, `<photo>.json`: a polygon a connected part; parts of one mask have the same group.
///
/// Holes are cuts of no width (``MaskPolygons/Part/joined``).
public struct LabelmeExport: MaskExport {
    public let name = "labelme"
    /// Of the polygons, in pixels.
    public var tolerance: Double

    /// Names the tolerance.
    public init(tolerance: Double = 1) { self.tolerance = tolerance }

    public func write(_ photos: [ExportedPhoto], to folder: URL) throws -> ExportSummary {
        try photos.checkStems()
        try Folder.create(folder)
        var fit = PolygonFit()
        for photo in photos {
            var file = File(imagePath: photo.file, imageHeight: photo.height, imageWidth: photo.width)
            for (group, object) in photo.objects.enumerated() {
                for part in fit.polygons(of: object, tolerance: tolerance).parts {
                    let points = part.joined.map { [$0.x, $0.y] }
                    file.shapes.append(File.Shape(label: object.className, points: points, group_id: group))
                }
            }
            try TextFile.writeJSON(file, to: folder.appendingPathComponent("\(photo.stem).json"))
        }
        return fit.summary(name, folder, files: photos.count)
    }

    /// The file; names are labelme's.
    private struct File: Encodable {
        struct Shape: Encodable {
            var label: String
            var points: [[Double]]
            var group_id: Int
            var shape_type = "polygon"
            var description = ""
            var flags: [String: Bool] = [:]
        }

        var version = "5.5.0"
        var flags: [String: Bool] = [:]
        var shapes: [Shape] = []
        var imagePath: String
        /// The photo is not put into the file: null, which labelme asks for.
        var imageData: Absent = Absent()
        var imageHeight: Int
        var imageWidth: Int
    }

    private struct Absent: Encodable {
        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            try value.encodeNil()
        }
    }
}
