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
        var urls: [URL] = []
        for path in paths { urls += try photos(at: URL(fileURLWithPath: path)) }
        var used = used
        return urls.map { url in
            let stem = url.deletingPathExtension().lastPathComponent
            var (name, count) = (stem, 1)
            while !used.insert(name).inserted {
                count += 1
                name = "\(stem)-\(count)"
            }
            return QueryPhoto(url: url, name: name)
        }
    }

    private static func photos(at url: URL) throws(RunError) -> [URL] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw .file(
                url.path, found: "no such file", expected: "a photo or a folder of photos", advice: "check --query")
        }
        guard isFolder.boolValue else { return [url] }
        let content: [URL]
        do {
            content = try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
        } catch {
            throw .unreadable(url.path, error, expected: "a folder of photos", advice: "check --query")
        }
        let photos = content.filter { ImageFile.extensions.contains($0.pathExtension.lowercased()) }
        guard !photos.isEmpty else {
            throw .file(
                url.path, found: "no photo in this folder", expected: ".jpg or .png files", advice: "check --query")
        }
        return photos.sorted { $0.path < $1.path }
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
