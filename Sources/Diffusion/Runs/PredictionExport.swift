public import Datasets
public import Foundation

/// Writes what a prediction found in the formats of other tools, into `exports/<format>` of its folder: an object an instance.
public struct PredictionExport: Sendable {
    /// What a thing is called that has no name.
    public static let standardClass = "object"

    /// The formats.
    public var formats: [any MaskExport]
    /// What the object is called where no concept names it.
    public var className: String

    /// Names the formats.
    ///
    /// - Parameters:
    ///   - formats: names of `MaskExports`.
    ///   - tolerance: of polygons, in pixels.
    ///   - className: what the object is called.
    /// - Throws: `RunError` for an unknown format and a tolerance that is no number of pixels.
    public init(_ formats: [String], tolerance: Double = 1, className: String? = nil) throws(RunError) {
        guard (0...1000).contains(tolerance) else {
            throw .setting("export-tolerance", found: "\(tolerance)", expected: "0...1000 pixels")
        }
        self.formats = try formats.map { (name) throws(RunError) in
            do {
                return try MaskExports.named(name, tolerance: tolerance)
            } catch {
                throw .setting("export", found: name, expected: "one of \(MaskExports.names.joined(separator: ", "))")
            }
        }
        self.className = className ?? Self.standardClass
    }

    /// Writes the masks that records name; photos that failed are left out.
    ///
    /// - Throws: errors of the masks' files, and of files that cannot be written.
    public func write(_ records: [PredictionRecord], in folder: URL) throws -> [ExportSummary] {
        let writer = try writer(in: folder)
        for record in records { try writer.add(record) }
        return try writer.finish()
    }

    /// Begins the export of a run's records, one after the other; what is in memory does not grow with them, but for their names.
    ///
    /// - Parameter folder: of the run.
    /// - Throws: errors of files that cannot be written.
    public func writer(in folder: URL) throws -> PredictionExportWriter {
        let writers = try formats.map { try $0.writer(to: folder.appendingPathComponent("exports/\($0.name)")) }
        return PredictionExportWriter(writers, className, folder)
    }
}
