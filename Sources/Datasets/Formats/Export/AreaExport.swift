public import Foundation
internal import TensorCore

/// A table of what was found, `instances.csv`: a line an object with its class, area in pixels and share of the photo, box and score.
///
/// Photos without objects have no line.
public struct AreaExport: MaskExport {
    public let name = "csv"
    private static let header = ["photo", "instance", "class", "area", "share", "x", "y", "width", "height", "score"]

    /// The format has no choices.
    public init() {}

    public func write(_ photos: [ExportedPhoto], to folder: URL) throws -> ExportSummary {
        try photos.checkStems()
        try Folder.create(folder)
        let rows = photos.flatMap { photo in
            photo.objects.enumerated().map { index, object in
                let (box, area) = (object.box, object.runs.area)
                let share = Double(area) / Double(photo.height * photo.width)
                let numbers = [box.x0, box.y0, box.width, box.height].map(String.init)
                let score = object.score.map { String(format: "%.4f", $0) } ?? ""
                return [photo.file, "\(index + 1)", object.className, "\(area)", String(format: "%.6f", share)] + numbers + [
                    score
                ]
            }
        }
        try TextFile.writeCSV(header: Self.header, rows: rows, to: folder.appendingPathComponent("instances.csv"))
        return ExportSummary(format: name, folder: folder.path, files: 1, objects: rows.count)
    }
}
