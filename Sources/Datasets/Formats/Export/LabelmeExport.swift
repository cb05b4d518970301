public import Foundation

/// labelme's JSON, `<photo>.json`: a polygon a connected part; parts of one mask have the same group.
///
/// Holes are cuts of no width (``MaskPolygons/Part/joined``). The photo is put beside, where labelme looks for it.
public struct LabelmeExport: MaskExport {
    public let name = "labelme"
    /// Of the polygons, in pixels.
    public var tolerance: Double

    /// Names the tolerance.
    public init(tolerance: Double = 1) { self.tolerance = tolerance }

    public func writer(to folder: URL) throws -> any MaskExportWriter { try Writer(self, folder) }

    private final class Writer: MaskExportWriter {
        private let export: LabelmeExport
        private let folder: URL
        private var names = ExportNames()
        private var fit = PolygonFit()
        private var placed = PlacedPhotos()

        init(_ export: LabelmeExport, _ folder: URL) throws {
            (self.export, self.folder) = (export, folder)
            try Folder.create(folder)
        }

        func add(_ photo: ExportedPhoto) throws {
            try names.add(photo)
            var file = File(imagePath: photo.file, imageHeight: photo.height, imageWidth: photo.width)
            for (group, object) in photo.objects.enumerated() {
                for part in fit.polygons(of: object, tolerance: export.tolerance).parts {
                    let points = part.joined.map { [$0.x, $0.y] }
                    file.shapes.append(File.Shape(label: object.className, points: points, group_id: group))
                }
            }
            try TextFile.writeJSON(file, to: folder.appendingPathComponent("\(photo.stem).json"))
            try placed.place(photo, as: photo.file, in: folder)
        }

        func finish() throws -> ExportSummary {
            var summary = fit.summary(export.name, folder, files: names.photos + placed.count)
            summary.missingPhotos = placed.missing
            return summary
        }
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
