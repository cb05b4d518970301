package import Foundation

/// Folders that results and datasets are written to.
package enum Folder {
    /// The names in a folder; none where there is no such folder.
    ///
    /// - Throws: ``DatasetError`` for something that is there and cannot be listed.
    package static func content(of url: URL) throws(DatasetError) -> [String] {
        guard FileManager.default.fileExists(atPath: url.path) else { return [] }
        do { return try FileManager.default.contentsOfDirectory(atPath: url.path) } catch {
            throw DatasetError(
                file: url.path, found: "something that cannot be listed", expected: "a folder",
                advice: "choose another folder or check the access rights")
        }
    }

    /// Makes a folder and those above it; one that is there stays as it is.
    package static func create(_ url: URL) throws(DatasetError) {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw DatasetError(
                file: url.path, found: "a place where no folder can be made", expected: "a folder to write to",
                advice: "choose another folder or check the access rights")
        }
    }
}
