public import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// A folder of indices of instances files, each under the digest of its file's content.
///
/// A stamp (size, time of change, inode) remembers the digest of a file, so that a file that has not changed is not read again.
/// What is damaged or of another version is made again. Everything in the folder may be deleted at any time.
public struct COCOIndexCache: Sendable, Hashable {
    /// The version of what is kept; another version is made again.
    static let version = 1

    /// The folder; made when the first index is kept.
    public let folder: URL

    /// Keeps indices in a folder.
    public init(folder: URL) { self.folder = folder }

    /// The user's folder: `$XDG_CACHE_HOME/swift-fss/coco`, or `.cache` at home.
    public static var user: COCOIndexCache {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? URL(fileURLWithPath: $0) : nil }
            ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache")
        return COCOIndexCache(folder: base.appendingPathComponent("swift-fss/coco"))
    }

    /// Where the index of a digest is.
    func indexFile(_ digest: String) -> URL { folder.appendingPathComponent("\(digest).v\(Self.version).index") }

    /// Where something that was computed from an index is.
    func derivedFile(_ digest: String, _ rule: String) -> URL {
        folder.appendingPathComponent("\(digest).\(SHA256.hex(rule).prefix(16)).v\(Self.version).counts")
    }

    private func stampFile(_ file: URL) -> URL {
        folder.appendingPathComponent("stamps/\(SHA256.hex(file.standardizedFileURL.path)).txt")
    }

    /// The digest of a file that has not changed since it was remembered.
    func digest(of file: URL) -> String? {
        guard let stamp = FileStamp(file), let bytes = try? FileBytes.read(stampFile(file)) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count == 2, lines[0] == stamp.text, lines[1].count == 64 else { return nil }
        return String(lines[1])
    }

    /// Remembers the digest of a file that looked so before it was read.
    ///
    /// A file that changed within the last two seconds may change again without another time of change; it is not remembered.
    func remember(_ digest: String, of file: URL, as stamp: FileStamp?) {
        guard let stamp, stamp == FileStamp(file), stamp.age > 2 else { return }
        let place = stampFile(file)
        try? FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? AtomicFile.write(Array("\(stamp.text)\n\(digest)\n".utf8), to: place, isDurable: false)
    }

    /// Writes a file of the cache.
    ///
    /// - Returns: why it could not be written; nil when it was.
    func keep(_ data: Data, at url: URL) -> String? {
        do {
            try Folder.create(folder)
            try AtomicFile.write(data, to: url, isDurable: false)
            return nil
        } catch let error as FileFailure {
            return "\(url.path): \(error.found); what COCO's annotations say is read again every time: \(error.advice)"
        } catch {
            return "\(error)"
        }
    }
}

/// What tells an unchanged file without reading it.
struct FileStamp: Equatable {
    let text: String
    private let seconds: Int

    init?(_ url: URL) {
        var status = stat()
        guard stat(url.path, &status) == 0 else { return nil }
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        seconds = time.tv_sec
        text = "\(status.st_size) \(time.tv_sec).\(time.tv_nsec) \(status.st_dev):\(status.st_ino)"
    }

    /// Seconds since the file changed.
    var age: Double { Date().timeIntervalSince1970 - Double(seconds) }
}
