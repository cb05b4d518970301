internal import Foundation

/// A folder of results that appears whole: files are written beside its place, one rename shows them all.
///
/// A run that is interrupted or fails leaves nothing behind.
final class RunFolder {
    /// Where the results will be.
    let url: URL
    private let staging: URL
    private var isCommitted = false

    /// Prepares a folder.
    ///
    /// - Parameters:
    ///   - path: the place; nil for a new folder in `runs` named after the command and the time.
    ///   - force: whether an earlier run may be replaced. Folders that are no runs are never replaced.
    init(_ path: String?, command: String, force: Bool) throws {
        url = path.map { URL(fileURLWithPath: $0).standardizedFileURL } ?? Self.defaultURL(command)
        try Self.checkFree(url, force: force)
        let parent = url.deletingLastPathComponent()
        staging = parent.appendingPathComponent(".\(url.lastPathComponent).partial-\(ProcessInfo.processInfo.processIdentifier)")
        do {
            try FileManager.default.createDirectory(at: staging, withIntermediateDirectories: true)
        } catch {
            throw CommandError("\(url.path): cannot make this folder (\(error.localizedDescription)); choose another with --out")
        }
    }

    deinit {
        if !isCommitted { try? FileManager.default.removeItem(at: staging) }
    }

    /// The place of a file while the run is at work; folders on the way are made.
    func file(_ name: String) throws -> URL {
        let file = staging.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return file
    }

    /// Puts the folder in its place.
    func commit() throws {
        let files = FileManager.default
        let old = url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).replaced-\(ProcessInfo.processInfo.processIdentifier)")
        let replaces = files.fileExists(atPath: url.path)
        if replaces { try files.moveItem(at: url, to: old) }
        do {
            try files.moveItem(at: staging, to: url)
        } catch {
            if replaces { try? files.moveItem(at: old, to: url) }
            throw CommandError("\(url.path): the results cannot be put in place (\(error.localizedDescription))")
        }
        isCommitted = true
        if replaces { try? files.removeItem(at: old) }
    }

    /// Refuses a place that is taken.
    static func checkFree(_ url: URL, force: Bool) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            throw CommandError("\(url.path): found a file, expected a place for a folder; choose another with --out")
        }
        let content = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        if content.isEmpty { return }
        let isRun = content.contains("manifest.json")
        if force && isRun { return }
        let advice = isRun ? "choose another with --out, or replace it with --force" : "choose another with --out"
        let kind = isRun ? "the results of an earlier run" : "a folder with \(content.count) other files"
        throw CommandError("\(url.path): found \(kind), expected a new folder; \(advice)")
    }

    /// `runs/<command>-<time>`.
    static func defaultURL(_ command: String) -> URL {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return URL(fileURLWithPath: "runs/\(command)-\(format.string(from: Date()))").standardizedFileURL
    }
}
