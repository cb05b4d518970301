public import Datasets
public import Foundation

/// Writes the masks of a prediction in the formats of other tools, into `exports/<format>` of its folder.
public struct PredictionExport: Sendable {
    /// The formats.
    public var formats: [any MaskExport]
    /// What the object is called.
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
        self.className = className ?? "object"
    }

    /// Writes the masks that records name; photos that failed are left out.
    ///
    /// - Throws: errors of the masks' files, and of files that cannot be written.
    public func write(_ records: [PredictionRecord], in folder: URL) throws -> [ExportSummary] {
        if formats.isEmpty { return [] }
        var names: Set<String> = []
        let photos = try records.compactMap { record -> ExportedPhoto? in
            guard let file = record.mask else { return nil }
            let mask = try BinaryMask.load(folder.appendingPathComponent(file), rule: .nonzero)
            let query = URL(fileURLWithPath: record.query)
            // Photos of one name in several folders are told apart by the names of their results.
            let isFirst = names.insert(query.lastPathComponent).inserted
            return ExportedPhoto(
                file: isFirst ? query.lastPathComponent : "\(record.name).\(query.pathExtension)", stem: record.name,
                height: mask.height,
                width: mask.width, objects: [ExportedPhoto.Object(className: className, mask: mask)])
        }
        return try formats.map { try $0.write(photos, to: folder.appendingPathComponent("exports/\($0.name)")) }
    }
}
