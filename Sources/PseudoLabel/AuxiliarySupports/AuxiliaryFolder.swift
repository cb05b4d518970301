public import Datasets
public import Foundation
internal import TensorCore

/// Auxiliary supports that somebody has made already: `<photo>_<class>_<number>.jpg` or `.png`, as the release of DifFSS names them.
///
/// The class is its number in the dataset, numbers count from 0. What is missing is missing: the support has fewer companions then, or
/// the settings fill them up with the support itself.
public struct AuxiliaryFolder: AuxiliaryGenerator {
    /// Where the pictures are.
    public let root: URL
    public let identity: String
    private static let endings = ["jpg", "jpeg", "png"]

    /// Lists a folder and reads its pictures once, to name them by their content.
    ///
    /// - Throws: `DatasetError` where the folder cannot be listed or holds no picture.
    public init(_ root: URL) throws(DatasetError) {
        self.root = root.standardizedFileURL
        var names: [String] = []
        let isThere = FileManager.default.fileExists(atPath: root.path)
        let all = FileManager.default.enumerator(at: self.root, includingPropertiesForKeys: nil)
        for case let file as URL in isThere ? all?.allObjects ?? [] : []
        where Self.endings.contains(file.pathExtension.lowercased()) {
            names.append(file.standardizedFileURL.path)
        }
        guard !names.isEmpty else {
            throw DatasetError(
                file: root.path, found: isThere ? "no picture" : "no such folder",
                expected: "pictures named <photo>_<class>_<number>.jpg or .png", advice: "put the pictures there")
        }
        var hash = SHA256()
        for name in names.sorted() {
            guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: name), options: .mappedIfSafe) else {
                throw DatasetError(
                    file: name, found: "a file that cannot be read", expected: "a picture", advice: "check its access rights")
            }
            hash.update(Array("\(name.dropFirst(self.root.path.count)) \(bytes.count):".utf8))
            bytes.withUnsafeBytes { hash.update($0) }
        }
        identity = "auxiliary folder \(hash.hexDigest().prefix(24))"
    }

    /// - Throws: `ImageError` for a picture that cannot be read; ``GenerationError`` for a support without a name, or whose name leads out
    ///   of the folder.
    public func picture(_ request: AuxiliaryRequest) throws -> RGBImage? {
        guard !request.id.isEmpty, !request.id.hasPrefix("/"), !request.id.split(separator: "/").contains("..") else {
            throw GenerationError(
                source: root.path, found: "a support called \"\(request.id)\"", expected: "the name of a photo in the dataset",
                advice: "name the support, or take another generator")
        }
        let name = "\(request.id)_\(request.item.id)_\(request.index)"
        let files = Self.endings.map { root.appendingPathComponent("\(name).\($0)") }
        guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else { return nil }
        return try ImageFile.load(file)
    }
}
