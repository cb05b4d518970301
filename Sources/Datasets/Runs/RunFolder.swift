public import Foundation
internal import Synchronization

/// A folder of results that appears whole: files are written beside its place, one rename shows them all.
///
/// A run that is interrupted or fails leaves nothing behind.
public final class RunFolder: Sendable {
    /// Where the results will be.
    public let url: URL
    private let staging: URL
    private let isCommitted = Atomic(false)

    /// Prepares a folder.
    ///
    /// - Parameters:
    ///   - path: the place; nil for a new folder in `runs` named after the command and the time.
    ///   - command: what the run does.
    ///   - force: whether an earlier run may be replaced. Folders that are no runs are never replaced.
    /// - Throws: ``RunError`` for a place that is taken or cannot be written to.
    public init(_ path: String?, command: String, force: Bool = false) throws(RunError) {
        url = path.map { URL(fileURLWithPath: $0).standardizedFileURL } ?? Self.defaultURL(command)
        try Self.checkFree(url, force: force)
        staging = Self.beside(url, "partial")
        do {
            try FileManager.default.createDirectory(at: staging, withIntermediateDirectories: true)
        } catch {
            throw .file(
                url.path, found: "a place where no folder can be made (\(error.localizedDescription))", expected: "a new folder",
                advice: "choose another with --out")
        }
    }

    deinit {
        if !isCommitted.load(ordering: .relaxed) { try? FileManager.default.removeItem(at: staging) }
    }

    /// The place of a file while the run is at work; folders on the way are made.
    ///
    /// - Throws: `DatasetError` for a folder that cannot be made.
    public func file(_ name: String) throws(DatasetError) -> URL {
        let file = staging.appendingPathComponent(name)
        try Folder.create(file.deletingLastPathComponent())
        return file
    }

    /// Writes `manifest.json` and puts the folder in its place.
    ///
    /// - Parameters:
    ///   - manifest: of the run that ends.
    ///   - status: how it ended.
    ///   - start: when it began.
    /// - Throws: ``RunError`` and ``DatasetError`` for files that cannot be written; the place is as it was then.
    public func commit<Settings>(
        _ manifest: RunManifest<Settings>, status: String = "finished", since start: Date
    ) throws {
        try TextFile.writeJSON(manifest.ended(status, since: start), to: file("manifest.json"))
        try commit()
    }

    /// Puts the folder in its place.
    ///
    /// - Throws: ``RunError`` where that fails; the place is as it was then.
    public func commit() throws(RunError) {
        let files = FileManager.default
        let old = Self.beside(url, "replaced")
        let replaces = files.fileExists(atPath: url.path)
        do {
            if replaces { try files.moveItem(at: url, to: old) }
            try files.moveItem(at: staging, to: url)
        } catch {
            if replaces, !files.fileExists(atPath: url.path) { try? files.moveItem(at: old, to: url) }
            throw .file(
                url.path, found: "a place that the results cannot be moved to (\(error.localizedDescription))",
                expected: "a free place", advice: "choose another with --out")
        }
        isCommitted.store(true, ordering: .relaxed)
        if replaces { try? files.removeItem(at: old) }
    }

    /// Refuses a place that is taken.
    ///
    /// - Parameter force: whether an earlier run, a folder with a manifest, may be replaced.
    /// - Throws: ``RunError/file(_:found:expected:advice:)``.
    public static func checkFree(_ url: URL, force: Bool) throws(RunError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            throw .file(url.path, found: "a file", expected: "a place for a folder", advice: "choose another with --out")
        }
        let content = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        if content.isEmpty { return }
        let isRun = content.contains("manifest.json")
        if force && isRun { return }
        throw .file(
            url.path, found: isRun ? "the results of an earlier run" : "a folder with \(content.count) other files",
            expected: "a new folder",
            advice: isRun ? "choose another with --out, or replace it with --force" : "choose another with --out")
    }

    /// `runs/<command>-<time>`.
    public static func defaultURL(_ command: String) -> URL {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return URL(fileURLWithPath: "runs/\(command)-\(format.string(from: Date()))").standardizedFileURL
    }

    private static func beside(_ url: URL, _ kind: String) -> URL {
        let name = ".\(url.lastPathComponent).\(kind)-\(ProcessInfo.processInfo.processIdentifier)"
        return url.deletingLastPathComponent().appendingPathComponent(name)
    }
}
