public import Foundation

/// A table of what was found, `instances.csv`: a line an object with its class, area in pixels and share of the photo, box and score.
///
/// Photos without objects have no line.
public struct AreaExport: MaskExport {
    public let name = "csv"

    /// The format has no choices.
    public init() {}

    public func writer(to folder: URL) throws -> any MaskExportWriter { try Writer(name, folder) }

    private final class Writer: MaskExportWriter {
        private static let header = ["photo", "instance", "class", "area", "share", "x", "y", "width", "height", "score"]

        private let name: String
        private let folder: URL
        private let table: GrowingFile
        private var names = ExportNames()
        private var count = 0

        init(_ name: String, _ folder: URL) throws {
            (self.name, self.folder) = (name, folder)
            try Folder.create(folder)
            table = try GrowingFile(folder.appendingPathComponent("instances.csv"))
            try table.write(TextFile.csv(Self.header))
        }

        func add(_ photo: ExportedPhoto) throws {
            try names.add(photo)
            for (index, object) in photo.objects.enumerated() {
                let (box, area) = (object.box, object.runs.area)
                let share = Double(area) / Double(photo.height * photo.width)
                let numbers = [box.x0, box.y0, box.width, box.height].map(String.init)
                let score = object.score.map { String(format: "%.4f", $0) } ?? ""
                let first = [photo.file, "\(index + 1)", object.className, "\(area)", String(format: "%.6f", share)]
                try table.write(TextFile.csv(first + numbers + [score]))
            }
            count += photo.objects.count
        }

        func finish() throws -> ExportSummary {
            try table.finish()
            return ExportSummary(format: name, folder: folder.path, files: 1, objects: count)
        }
    }
}
