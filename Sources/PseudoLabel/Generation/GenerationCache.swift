public import Datasets
public import Foundation
internal import Synchronization
internal import TensorCore

/// Generated images on disk, found by everything that decides them: generator, prompt, class, seed and number.
///
/// An image is a PNG file and a note beside it with the digest of its bytes, which is written after it: an image without its note
/// was not finished. What is damaged is made anew, with a remark.
public final class GenerationCache: Sendable {
    /// The version of the notes.
    static let version = 1

    /// Where the files are.
    public let folder: URL
    private let found = Mutex<[String]>([])

    /// A cache; its folder is made when the first image is kept.
    public init(_ folder: URL) { self.folder = folder }

    /// What was damaged so far, a line each.
    public var remarks: [String] { found.withLock { $0 } }

    /// Removes what was being written when a process was killed. Nobody else may be writing.
    func clean() {
        let inside = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        for case let item as URL in inside?.allObjects ?? [] where AtomicFile.isTemporary(item.lastPathComponent) {
            try? FileManager.default.removeItem(at: item)
        }
    }

    /// Where the image of a request is or will be.
    public func file(_ request: ImageRequest, of generator: some ImageGenerator) -> URL {
        file(key: Self.key(request, of: generator))
    }

    /// Where the image of a key is or will be.
    func file(key: String) -> URL {
        folder.appendingPathComponent(String(key.prefix(2))).appendingPathComponent(key + ".png")
    }

    /// Whether an image was kept under a key; it may be damaged.
    func holds(key: String) -> Bool { FileManager.default.fileExists(atPath: Self.note(file(key: key)).path) }

    /// The image of a key, from disk or made and kept; nil where there is none to make.
    ///
    /// - Parameters:
    ///   - key: the digest of all that decides it.
    ///   - request: what the note beside it says.
    ///   - identity: of what makes it.
    /// - Throws: what `make` throws; ``GenerationError``, which is fatal, where an image cannot be kept.
    func image(
        key: String, _ request: ImageRequest, by identity: String, make: () throws -> RGBImage?
    ) throws -> (image: RGBImage, isNew: Bool)? {
        let file = file(key: key)
        if let image = kept(file) { return (image, false) }
        guard let image = try make() else { return nil }
        try keep(image, request, identity, in: file)
        return (image, true)
    }

    /// The image of a request, from disk or made and kept.
    ///
    /// - Returns: the image, its file, and whether it was made.
    /// - Throws: what the generator throws; ``GenerationError``, which is fatal, where an image cannot be kept.
    public func image(
        _ request: ImageRequest, of generator: some ImageGenerator
    ) async throws -> (image: RGBImage, file: URL, isNew: Bool) {
        let file = file(request, of: generator)
        if let image = kept(file) { return (image, file, false) }
        let image = try await generator.generate(request)
        try keep(image, request, generator.identity, in: file)
        return (image, file, true)
    }

    /// The key of a request.
    static func key(_ request: ImageRequest, of generator: some ImageGenerator) -> String {
        contentDigest([
            "image \(version)", generator.identity, request.prompt, request.className, "\(request.seed)", "\(request.index)",
        ])
    }

    /// The note beside an image: what it is, for people, and the digest of the file.
    private struct Note: Codable {
        var version: Int
        var generator: String
        var prompt: String
        var className: String
        var seed: UInt64
        var index: Int
        var sha256: String
    }

    private static func note(_ file: URL) -> URL { file.deletingPathExtension().appendingPathExtension("json") }

    private func kept(_ file: URL) -> RGBImage? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let noteFile = Self.note(file)
        guard FileManager.default.fileExists(atPath: noteFile.path) else { return nil }
        do {
            let note = try JSONDecoder().decode(Note.self, from: Data(contentsOf: noteFile))
            let (image, digest) = try ImageFile.loadIdentified(file)
            if note.version == Self.version && note.sha256 == digest { return image }
            remark("\(file.path): is not what was written; the image is made anew")
        } catch {
            remark("\(file.path): \(error); the image is made anew")
        }
        return nil
    }

    private func keep(_ image: RGBImage, _ request: ImageRequest, _ identity: String, in file: URL) throws {
        do {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try ImageFile.save(image, to: file)
            let note = Note(
                version: Self.version, generator: identity, prompt: request.prompt, className: request.className,
                seed: request.seed, index: request.index, sha256: try ImageFile.loadIdentified(file).sha256)
            try TextFile.writeJSON(note, to: Self.note(file))
        } catch {
            throw Self.failure(error, file)
        }
    }

    private static func failure(_ error: any Error, _ file: URL) -> GenerationError {
        let (found, advice) =
            switch error {
            case let error as ImageError: (error.found, error.advice)
            case let error as DatasetError: (error.found, error.advice)
            default: (error.localizedDescription, "check the folder and the disk")
            }
        return GenerationError(
            source: file.path, found: found, expected: "a place to keep the image",
            advice: advice + "; what was made is kept, and the same command goes on from there", isFatal: true)
    }

    private func remark(_ text: String) { found.withLock { $0.append(text) } }
}
