public import Datasets
public import Foundation
internal import TensorCore

/// Images that somebody has made already: a folder a class name, or one flat folder where there is no such; in name order.
///
/// The prompt and the seed do not matter; request n gets image n.
public struct FolderGenerator: ImageGenerator {
    private let root: URL
    private let classes: [String: [URL]]
    private let flat: [URL]
    public let identity: String

    /// Lists a folder and reads its images once, to name them by their content.
    ///
    /// - Parameters:
    ///   - root: the folder.
    ///   - classNames: the classes that images are wanted for.
    /// - Throws: `DatasetError` where the folder cannot be listed or holds no image for a class.
    public init(_ root: URL, classNames: [String]) throws(DatasetError) {
        var classes: [String: [URL]] = [:]
        for name in classNames where Self.isPlain(name) {
            let folder = root.appendingPathComponent(name, isDirectory: true)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
                continue
            }
            classes[name] = try PhotoFolder(folder).photos
        }
        let isWhole = classNames.allSatisfy { classes[$0] != nil }
        let flat = isWhole && !classNames.isEmpty ? [] : try PhotoFolder(root).photos
        for name in classNames where (classes[name] ?? flat).isEmpty {
            throw DatasetError(
                file: root.path, found: "no image for \"\(name)\"", expected: "JPEG or PNG files in it or in \(name)/",
                advice: "put the images there")
        }
        var parts: [String] = []
        for (name, photos) in classes.sorted(by: { $0.key < $1.key }) + [("", flat)] {
            for photo in photos {
                guard let bytes = try? Data(contentsOf: photo) else {
                    throw DatasetError(
                        file: photo.path, found: "a file that cannot be read", expected: "an image",
                        advice: "check its access rights")
                }
                parts += [name, SHA256.hex(Array(bytes))]
            }
        }
        (self.root, self.classes, self.flat) = (root, classes, flat)
        identity = "folder \(contentDigest(parts))"
    }

    /// How many images there are for a class.
    public func limit(className: String) -> Int? { (classes[className] ?? flat).count }

    /// - Throws: ``GenerationError`` where the images of the class are used up, `ImageError`.
    public func generate(_ request: ImageRequest) throws -> RGBImage {
        let photos = classes[request.className] ?? flat
        guard photos.indices.contains(request.index) else {
            throw GenerationError(
                source: root.path, found: "\(photos.count) images for \"\(request.className)\"",
                expected: "an image number \(request.index)", advice: "add images or ask for fewer")
        }
        return try ImageFile.load(photos[request.index])
    }

    /// Whether a class name can be a folder's: it leads nowhere else.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && !name.contains("\0")
    }
}
