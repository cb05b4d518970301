internal import Datasets
internal import Foundation
internal import TensorCore

extension PhotoSessions {
    /// The formats that results are written in: those of `MaskExports`, and `masks`, a PNG of 0 and 255 a photo.
    public static var exportFormats: [String] { ["masks"] + MaskExports.names }

    /// The results of a session in the format of another tool, as a zip archive. Photos without a result are left out.
    ///
    /// - Parameters:
    ///   - format: one of ``exportFormats``.
    ///   - id: the session.
    /// - Throws: ``PhotoSessionError`` for an unknown format and where there is no result; errors of the format.
    public func export(_ format: String, of id: String) async throws -> [UInt8] {
        guard Self.exportFormats.contains(format) else {
            throw PhotoSessionError.unusable(
                "format", found: String(format.prefix(40)), expected: Self.exportFormats.joined(separator: ", "),
                advice: "choose one of them")
        }
        let session = try used(id)
        let photos = Self.found(in: session)
        guard !photos.isEmpty else { throw PhotoSessionError.early("nothing was found yet: there is no result to write") }
        return try await exporter.archive(format, photos, named: session.conceptName)
    }

    private static func found(in session: PhotoSession) -> [SessionExporter.Photo] {
        var stems: Set<String> = []
        return session.photos.compactMap { photo in
            guard let result = photo.result else { return nil }
            let stem = PhotoRule.stem(photo.name)
            var (unique, number) = (stem, 2)
            while !stems.insert(unique.lowercased()).inserted {
                unique = "\(stem)-\(number)"
                number += 1
            }
            let ending = photo.name.dropFirst(stem.count)
            return SessionExporter.Photo(
                file: unique + ending, stem: unique, height: photo.height, width: photo.width, result: result)
        }
    }
}

/// Writes archives one after the other, away from the sessions: masks are as large as their photos.
actor SessionExporter {
    /// A photo with its result.
    struct Photo: Sendable {
        var file: String
        var stem: String
        var height: Int
        var width: Int
        var result: SessionResult
    }

    /// The archive of results.
    func archive(_ format: String, _ photos: [Photo], named className: String) throws -> [UInt8] {
        try TemporaryFolder.use { folder in
            if format == "masks" {
                for photo in photos {
                    try Task.checkCancellation()
                    try mask(of: photo).save(to: folder.appendingPathComponent("\(photo.stem).png"))
                }
            } else {
                let exported = try photos.map { photo in
                    try Task.checkCancellation()
                    return ExportedPhoto(
                        file: photo.file, stem: photo.stem, height: photo.height, width: photo.width,
                        objects: [ExportedPhoto.Object(className: className, mask: mask(of: photo))])
                }
                _ = try MaskExports.named(format).write(exported, to: folder)
            }
            return StoredArchive.data(try Self.entries(of: folder))
        }
    }

    private func mask(of photo: Photo) -> BinaryMask { photo.result.mask(height: photo.height, width: photo.width) }

    private static func entries(of folder: URL) throws -> [StoredArchive.Entry] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        return try names.compactMap { name in
            let file = folder.appendingPathComponent(name)
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { return nil }
            return StoredArchive.Entry(name: name, bytes: [UInt8](try Data(contentsOf: file)))
        }
    }
}
