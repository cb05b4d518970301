internal import Foundation

/// Folders that results and datasets are written to.
enum Folder {
    /// Makes a folder and those above it; one that is there stays as it is.
    static func create(_ url: URL) throws(DatasetError) {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw DatasetError(
                file: url.path, found: "a place where no folder can be made", expected: "a folder to write to",
                advice: "choose another folder or check the access rights")
        }
    }
}
