public import Foundation

/// A photo to segment and the stem of its results.
public struct QueryPhoto: Codable, Sendable, Hashable {
    /// The file.
    public var url: URL
    /// What its results are called, unique in a run.
    public var name: String

    /// Names a photo.
    public init(url: URL, name: String) {
        self.url = url
        self.name = name
    }

    /// Files as they are, folders as the photos in them; names are made unique.
    ///
    /// - Parameters:
    ///   - paths: of files and folders.
    ///   - used: names that are taken.
    /// - Throws: ``RunError`` for a path with nothing there, and a folder without photos.
    public static func found(_ paths: [String], besides used: Set<String> = []) throws(RunError) -> [QueryPhoto] {
        try search(paths, besides: used).photos
    }

    /// Like ``found(_:besides:)``, and says what was passed over in folders.
    ///
    /// - Parameters:
    ///   - paths: of files and folders.
    ///   - used: names that are taken.
    ///   - entersFolders: whether folders in folders are entered, too, down to ``deepest``; links to folders are not.
    /// - Returns: the photos, and remarks by ``PhotoFolder``.
    /// - Throws: ``RunError`` for a path with nothing there, and a folder without photos.
    public static func search(
        _ paths: [String], besides used: Set<String> = [], entersFolders: Bool = false
    ) throws(RunError) -> (photos: [QueryPhoto], remarks: [String]) {
        var (urls, remarks): ([URL], [String]) = ([], [])
        var repaired: [String: Int] = [:]
        for path in paths {
            var url = URL(fileURLWithPath: path)
            if FileName.isRepaired(path) && FileName.bytes(path) == nil {
                // A command line gives names that look the same in their order in the folder.
                let alike = FileBytes.names(like: url)
                let turn = repaired[path, default: 0]
                repaired[path] = turn + 1
                if turn < alike.count {
                    url = url.deletingLastPathComponent().appendingPathComponent(FileName.text(alike[turn]))
                }
            }
            let found = try entersFolders ? photosBelow(url) : photos(at: url)
            urls += found.photos
            remarks += found.remarks
        }
        var used = used
        let photos = urls.map { url in
            let stem = FileName.plain(url.deletingPathExtension().lastPathComponent)
            var (name, count) = (stem, 1)
            while !used.insert(name).inserted {
                count += 1
                name = "\(stem)-\(count)"
            }
            return QueryPhoto(url: url, name: name)
        }
        return (photos, remarks)
    }

    /// Most folders inside each other that are entered.
    public static let deepest = 32

    /// The photos of a folder and those of the folders in it, in the order of their names; a file as it is.
    private static func photosBelow(_ url: URL) throws(RunError) -> (photos: [URL], remarks: [String]) {
        guard FileBytes.isFolder(url) else { return try photos(at: url) }
        var (found, remarks): ([URL], [String]) = ([], [])
        var waiting = [(url: url, depth: 0)]
        while let (next, depth) = waiting.popLast() {
            do throws(DatasetError) {
                let folder = try PhotoFolder(next)
                found += folder.photos
                remarks += folder.remarks.filter { !$0.contains(PhotoFolder.notEntered) }
                guard depth < deepest else {
                    if !folder.folders.isEmpty { remarks.append("\(next.path): did not enter folders deeper than \(deepest)") }
                    continue
                }
                waiting += folder.folders.reversed().map { ($0, depth + 1) }
            } catch {
                throw .file(next.path, found: error.found, expected: error.expected, advice: error.advice)
            }
        }
        guard !found.isEmpty else {
            throw .file(
                url.path, found: "no photo in this folder and those in it", expected: ".jpg, .jpeg or .png files",
                advice: "check --query")
        }
        return (found, remarks)
    }

    private static func photos(at url: URL) throws(RunError) -> (photos: [URL], remarks: [String]) {
        guard FileBytes.exists(url) else {
            throw .file(
                url.path, found: "no such file", expected: "a photo or a folder of photos", advice: "check --query")
        }
        guard FileBytes.isFolder(url) else { return ([url], []) }
        let folder: PhotoFolder
        do throws(DatasetError) {
            folder = try PhotoFolder(url)
        } catch {
            throw .file(url.path, found: error.found, expected: error.expected, advice: error.advice)
        }
        guard !folder.photos.isEmpty else {
            let notes = folder.remarks.map { $0.dropFirst(url.path.count + 2) }
            let found = (["no photo in this folder"] + notes).joined(separator: "; ")
            throw .file(url.path, found: found, expected: ".jpg, .jpeg or .png files", advice: "check --query")
        }
        return (folder.photos, folder.remarks)
    }
}

extension QueryPhoto {
    private enum CodingKeys: String, CodingKey {
        case path, name
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            url: URL(fileURLWithPath: try values.decode(String.self, forKey: .path)),
            name: try values.decode(String.self, forKey: .name))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(url.standardizedFileURL.path, forKey: .path)
        try values.encode(name, forKey: .name)
    }
}
