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
        if formats.isEmpty { return [] }
        var photos = ExportedPhotos(className: className)
        for record in records { try photos.add(record, in: folder) }
        return try write(photos, in: folder)
    }

    /// Writes photos that were gathered one by one.
    ///
    /// - Throws: errors of files that cannot be written.
    public func write(_ photos: ExportedPhotos, in folder: URL) throws -> [ExportSummary] {
        try formats.map { try $0.write(photos.photos, to: folder.appendingPathComponent("exports/\($0.name)")) }
    }
}

/// Photos of a prediction as exports take them: the masks as runs, nothing of the photos.
public struct ExportedPhotos: Sendable {
    /// The photos so far.
    public private(set) var photos: [ExportedPhoto] = []
    private let className: String
    private var names: Set<String> = []

    /// - Parameter className: what a thing is called that no concept names.
    public init(className: String) { self.className = className }

    /// Adds a photo; one that failed is left out.
    ///
    /// - Throws: errors of the mask's file, which is read for records without instances, as earlier versions wrote them; `RunError`
    ///   for instances that do not fit.
    public mutating func add(_ record: PredictionRecord, in folder: URL) throws {
        guard let file = record.mask, record.error == nil || record.instances != nil else { return }
        var objects: [ExportedPhoto.Object] = []
        var size = (height: record.height ?? 0, width: record.width ?? 0)
        if let instances = record.instances {
            for instance in instances {
                let whole = instance.instance(className: className)
                guard let whole, whole.runs.height == size.height, whole.runs.width == size.width else {
                    throw RunError.file(
                        folder.appendingPathComponent(PredictionRun.recordsName).path,
                        found: "an instance in \(record.name) whose runs do not fit the photo",
                        expected: "what a prediction wrote",
                        advice: "remove the line and continue with --resume")
                }
                objects.append(ExportedPhoto.Object(whole))
            }
        } else {
            let mask = try BinaryMask.load(folder.appendingPathComponent(file), rule: .nonzero)
            size = (mask.height, mask.width)
            objects = [ExportedPhoto.Object(className: className, mask: mask)]
        }
        let query = URL(fileURLWithPath: record.query)
        // Photos of one name in several folders are told apart by the names of their results.
        let isFirst = names.insert(query.lastPathComponent).inserted
        var photo = ExportedPhoto(
            file: isFirst ? query.lastPathComponent : "\(record.name).\(query.pathExtension)", stem: record.name,
            height: size.height, width: size.width, objects: objects)
        photo.classes = record.concepts?.map(\.name) ?? []
        photos.append(photo)
    }
}
