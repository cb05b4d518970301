public import Datasets
internal import Foundation

/// An export of a prediction at work (``PredictionExport/writer(in:)``): a record goes to all formats and is forgotten.
public final class PredictionExportWriter {
    private let writers: [any MaskExportWriter]
    private let className: String
    private let folder: URL
    private var names: Set<String> = []

    init(_ writers: [any MaskExportWriter], _ className: String, _ folder: URL) {
        (self.writers, self.className, self.folder) = (writers, className, folder)
    }

    /// Writes what was found in a photo; one that failed is left out.
    ///
    /// - Throws: errors of the mask's file, which is read for records without instances, as earlier versions wrote them; `RunError`
    ///   for instances that do not fit; errors of files that cannot be written.
    public func add(_ record: PredictionRecord) throws {
        guard !writers.isEmpty, let photo = try photo(record) else { return }
        for writer in writers { try writer.add(photo) }
    }

    /// Writes what belongs to all photos.
    ///
    /// - Returns: what was written, a format each.
    /// - Throws: errors of files that cannot be written.
    public func finish() throws -> [ExportSummary] { try writers.map { try $0.finish() } }

    private func photo(_ record: PredictionRecord) throws -> ExportedPhoto? {
        guard let file = record.mask, record.error == nil || record.instances != nil else { return nil }
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
        photo.source = query
        return photo
    }
}
