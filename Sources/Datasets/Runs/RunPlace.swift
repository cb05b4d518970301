internal import Foundation
internal import TensorCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The place of a run folder: found, made, checked and cleaned, before any work.
enum RunPlace {
    /// `runs/<command>-<time>`.
    static func standard(_ command: String) -> URL {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return URL(fileURLWithPath: "runs/\(command)-\(format.string(from: Date()))").standardizedFileURL
    }

    /// Where a path leads: links are followed, also one whose target is not there yet.
    static func resolved(_ path: String) -> URL {
        var url = URL(fileURLWithPath: path).standardizedFileURL
        for _ in 0..<40 {
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: url.path) else { break }
            url = URL(fileURLWithPath: target, relativeTo: url.deletingLastPathComponent()).standardizedFileURL
        }
        return url
    }

    /// Makes the folder and those above it.
    ///
    /// - Returns: the folders that were not there, the outermost first.
    static func create(_ url: URL) throws(RunError) -> [URL] {
        var missing: [URL] = []
        var place = url
        while access(place.path, F_OK) != 0 && errno == ENOENT && place.path != "/" {
            missing.insert(place, at: 0)
            place = place.deletingLastPathComponent()
        }
        for folder in missing where mkdir(folder.path, 0o777) != 0 && errno != EEXIST {
            let code = errno
            remove(missing)
            throw .unwritable(url, code, at: folder.deletingLastPathComponent())
        }
        var status = stat()
        guard stat(url.path, &status) == 0 else { throw .unwritable(url, errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .file(url.path, found: "a file", expected: "a place for a folder", advice: "choose another with --out")
        }
        return missing
    }

    /// Takes folders away again that are still empty.
    static func remove(_ folders: [URL]) {
        for folder in folders.reversed() { rmdir(folder.path) }
    }

    /// What lies in a folder, but for the marks of runs themselves.
    static func content(of url: URL) throws(RunError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: url.path).filter { $0 != RunLock.name && !isLeftover($0) }
        } catch {
            throw .unwritable(url, errno)
        }
    }

    /// Refuses a place that is taken.
    ///
    /// - Parameter force: whether an earlier run, a folder with a manifest, may be replaced.
    /// - Returns: what an earlier run left there, nothing for a free place.
    static func checkFree(_ url: URL, force: Bool) throws(RunError) -> [String] {
        let content = try content(of: url)
        let isRun = content.contains(RunFolder.manifestName)
        if content.isEmpty || (force && isRun) { return content }
        throw .file(
            url.path, found: isRun ? "the results of an earlier run" : "a folder with \(content.count) other files",
            expected: "a new or an empty folder",
            advice: isRun ? "choose another with --out, or replace it with --force" : "choose another with --out")
    }

    /// Removes what processes that were killed left in the folder and beside it.
    ///
    /// - Returns: the paths that are gone.
    static func clean(_ url: URL) -> [String] {
        var gone: [String] = []
        func remove(_ item: URL) {
            if (try? FileManager.default.removeItem(at: item)) != nil { gone.append(item.path) }
        }
        let inside = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)
        let items = inside?.compactMap { $0 as? URL } ?? []
        for item in items where isLeftover(item.lastPathComponent) { remove(item) }
        let prefix = ".\(url.lastPathComponent)."
        let parent = url.deletingLastPathComponent()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? [] where name.hasPrefix(prefix) {
            let parts = name.dropFirst(prefix.count).split(separator: "-")
            guard parts.count == 2, parts[0] == "partial", let process = Int32(parts[1]) else { continue }
            if kill(process, 0) != 0 && errno == ESRCH { remove(parent.appendingPathComponent(name)) }
        }
        return gone
    }

    /// Whether a name is that of a file that was being written when its process was killed. The folder's lock is ours, so no living
    /// process writes there.
    private static func isLeftover(_ name: String) -> Bool { AtomicFile.isTemporary(name) }
}

extension RunError {
    /// A place where nothing can be written, with the system's reason.
    static func unwritable(_ url: URL, _ code: Int32, at place: URL? = nil) -> RunError {
        let failure = FileFailure.system(code)
        let found = place.map { $0 == url.deletingLastPathComponent() ? "" : " at \($0.path)" } ?? ""
        return .file(
            url.path, found: failure.found + found, expected: "a folder that can be written to",
            advice: "\(failure.advice), or choose another with --out")
    }
}
