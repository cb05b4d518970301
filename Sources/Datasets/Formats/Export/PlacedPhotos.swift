internal import Foundation
internal import TensorCore

/// Photos beside the files of an export, for tools that read both together: the same file under a second name where the file system
/// has that, else a copy.
struct PlacedPhotos {
    /// Photos that were put somewhere.
    private(set) var count = 0
    /// Photos that were not there.
    private(set) var missing = 0

    /// Puts a photo into a folder; one that is in no file, or no longer there, is left out.
    ///
    /// - Parameters:
    ///   - photo: the photo.
    ///   - name: what its file is called there; what has this name is replaced.
    ///   - folder: the folder, which is made.
    /// - Throws: ``DatasetError`` for a file that cannot be written.
    mutating func place(_ photo: ExportedPhoto, as name: String, in folder: URL) throws(DatasetError) {
        guard let source = photo.source else { return }
        guard FileBytes.exists(source) else {
            missing += 1
            return
        }
        try Folder.create(folder)
        let target = folder.appendingPathComponent(URL(fileURLWithPath: name).lastPathComponent)
        // A name that is no UTF-8 is known to our own reader alone.
        if !AtomicFile.link(source, as: target) {
            let bytes: [UInt8]
            do throws(FileFailure) { bytes = try FileBytes.read(source) } catch {
                throw DatasetError(file: source.path, found: error.found, expected: "a photo to copy", advice: error.advice)
            }
            try TextFile.write(bytes, to: target)
        }
        count += 1
    }
}
