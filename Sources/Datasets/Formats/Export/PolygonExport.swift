public import Foundation

/// Polygons with holes as GeoJSON, `<photo>.geojson`: a `MultiPolygon` a mask, in pixels, with class, IoU and score among its properties.
///
/// Rings are closed, rows grow downward.
public struct PolygonExport: MaskExport {
    public let name = "polygons"
    /// Of the polygons, in pixels.
    public var tolerance: Double

    /// Names the tolerance.
    public init(tolerance: Double = 1) { self.tolerance = tolerance }

    public func writer(to folder: URL) throws -> any MaskExportWriter { try Writer(self, folder) }

    private final class Writer: MaskExportWriter {
        private let export: PolygonExport
        private let folder: URL
        private var names = ExportNames()
        private var fit = PolygonFit()

        init(_ export: PolygonExport, _ folder: URL) throws {
            (self.export, self.folder) = (export, folder)
            try Folder.create(folder)
        }

        func add(_ photo: ExportedPhoto) throws {
            try names.add(photo)
            let features = photo.objects.map { object in
                let polygons = fit.polygons(of: object, tolerance: export.tolerance)
                let parts = polygons.parts.map { part in ([part.outer] + part.holes).map(PolygonExport.closed) }
                return Collection.Feature(
                    properties: .init(class: object.className, iou: polygons.iou, score: object.score),
                    geometry: .init(coordinates: parts))
            }
            let file = Collection(image: photo.file, height: photo.height, width: photo.width, features: features)
            try TextFile.writeJSON(file, to: folder.appendingPathComponent("\(photo.stem).geojson"))
        }

        func finish() throws -> ExportSummary { fit.summary(export.name, folder, files: names.photos) }
    }

    private static func closed(_ ring: [Point]) -> [[Double]] { (ring + ring.prefix(1)).map { [$0.x, $0.y] } }

    /// The file; names are GeoJSON's, and those of the photo beside.
    private struct Collection: Encodable {
        struct Feature: Encodable {
            var type = "Feature"
            var properties: Properties
            var geometry: Geometry
        }
        struct Properties: Encodable {
            var `class`: String
            var iou: Double
            var score: Float?
        }
        struct Geometry: Encodable {
            var type = "MultiPolygon"
            var coordinates: [[[[Double]]]]
        }

        var type = "FeatureCollection"
        var image: String
        var height: Int
        var width: Int
        var features: [Feature]
    }
}
