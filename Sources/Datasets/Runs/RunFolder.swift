public import Foundation
internal import Synchronization

/// A folder of results that grows while its run is at work.
///
/// One process owns it at a time. The place is found, locked and known to be writable before the work begins; an empty folder is
/// filled where it is, links are followed. Every file in it appears whole, and `manifest.json` says whether the run is `running`,
/// `finished`, `interrupted` or `failed`. A run that ends before ``begin(_:)`` leaves the place as it was.
///
/// Of several ranks the first owns the folder; the others only follow and write no manifest, see ``taken(_:command:prefix:force:ranks:)``.
public final class RunFolder: Sendable {
    /// The manifest's file.
    public static let manifestName = "manifest.json"

    /// Where the results are; links are resolved.
    public let url: URL
    /// What was tidied up: files that a killed run had left.
    public let remarks: [String]
    /// Nil at ranks that do not own the folder.
    private let lock: RunLock?
    /// Files that an earlier run left in its place.
    private let replaced: [String]
    private let hasBegun: Atomic<Bool>

    /// Takes a place for a new run.
    ///
    /// - Parameters:
    ///   - path: the place; nil for a new folder in `runs` named after the command and the time.
    ///   - command: what the run does.
    ///   - prefix: what a new folder's name begins with; nil for the command.
    ///   - force: whether an earlier run may be replaced. Folders that are no runs are never replaced.
    /// - Throws: ``RunError`` for a place that is taken, in use, or cannot be written to.
    public init(_ path: String?, command: String, prefix: String? = nil, force: Bool = false) throws(RunError) {
        let url = path.map(RunPlace.resolved) ?? RunPlace.standard(prefix ?? command)
        let made = try RunPlace.create(url)
        self.url = url
        do throws(RunError) {
            _ = try RunPlace.checkFree(url, force: force)
            let lock = try RunLock(url, command: command, made: made)
            replaced = try RunPlace.checkFree(url, force: force)
            self.lock = lock
            remarks = Self.remarks(RunPlace.clean(url), lock.stale)
        } catch {
            RunPlace.remove(made)
            throw error
        }
        hasBegun = Atomic(false)
    }

    /// Follows the run of another rank.
    init(following url: URL) {
        self.url = url
        (remarks, lock, replaced) = ([], nil, [])
        hasBegun = Atomic(true)
    }

    /// Whether this process owns the folder and writes its manifest, logs and reports.
    public var isOwned: Bool { lock != nil }

    /// Takes the folder of an earlier run to go on with it.
    ///
    /// - Throws: ``RunError`` for a folder that is no run, is in use, or cannot be written to.
    public init(resuming path: String, command: String) throws(RunError) {
        url = RunPlace.resolved(path)
        let manifest = url.appendingPathComponent(Self.manifestName)
        guard FileBytes.exists(manifest) else {
            throw .file(
                manifest.path, found: "no such file", expected: "the folder of an earlier run", advice: "check --resume")
        }
        let lock = try RunLock(url, command: command)
        self.lock = lock
        replaced = []
        hasBegun = Atomic(true)
        if Self.isClearing(manifest) {
            let content = try RunPlace.content(of: url)
            do { try Self.clear(content, in: url) } catch {
                throw .file(error.file, found: error.found, expected: error.expected, advice: error.advice)
            }
        }
        remarks = Self.remarks(RunPlace.clean(url), lock.stale)
    }

    private static func remarks(_ gone: [String], _ stale: RunLock.Owner?) -> [String] {
        var remarks: [String] = []
        if let stale { remarks.append("an earlier run (process \(stale.process) on \(stale.host)) ended without a word") }
        if !gone.isEmpty { remarks.append("removed what a killed run had left: \(gone.joined(separator: ", "))") }
        return remarks
    }

    /// Begins the run: what an earlier one left in a place that is replaced goes, and the manifest appears.
    ///
    /// A process that ends while it clears leaves a manifest of the new run that says `clearing`: the folder stays a run, to be
    /// replaced or continued, and no result of the earlier run can pass for one of the new.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be written or removed.
    public func begin<Settings>(_ manifest: RunManifest<Settings>) throws(DatasetError) {
        guard isOwned else { return }
        if !hasBegun.exchange(true, ordering: .relaxed), !replaced.isEmpty {
            var clearing = manifest
            clearing.status = Self.clearing
            try write(clearing)
            try Self.clear(replaced, in: url)
        }
        try write(manifest)
    }

    /// The status of a run whose place is not cleared yet.
    private static let clearing = "clearing"

    /// Removes an earlier run's files, but not the manifest.
    private static func clear(_ names: [String], in url: URL) throws(DatasetError) {
        for name in names where name != manifestName {
            let item = url.appendingPathComponent(name)
            do { try FileManager.default.removeItem(at: item) } catch {
                throw DatasetError(
                    file: item.path, found: "a file of an earlier run that cannot be removed", expected: "a place to replace",
                    advice: "check the access rights or choose another with --out")
            }
        }
    }

    /// Whether a run ended while it cleared its place.
    private static func isClearing(_ manifest: URL) -> Bool {
        struct Head: Decodable { var status: String }
        guard let bytes = try? FileBytes.read(manifest) else { return false }
        return (try? RunJSON.decode(Head.self, from: Data(bytes)).status) == clearing
    }

    /// Writes the manifest.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be written.
    public func write<Settings>(_ manifest: RunManifest<Settings>) throws(DatasetError) {
        guard let lock else { return }
        try lock.check()
        try TextFile.writeJSON(manifest, to: url.appendingPathComponent(Self.manifestName))
    }

    /// The place of a file; folders on the way are made.
    ///
    /// - Throws: `DatasetError` for a folder that cannot be made, or that another machine took over.
    public func file(_ name: String) throws(DatasetError) -> URL {
        try lock?.check()
        let file = url.appendingPathComponent(name)
        try Folder.create(file.deletingLastPathComponent())
        return file
    }

    /// Does a run's work between its two manifests.
    ///
    /// - Parameters:
    ///   - manifest: of the run that begins.
    ///   - start: when it began.
    ///   - work: writes the results and adds remarks for the manifest. Where it throws, what it wrote stays, and the manifest says
    ///     `interrupted` for a task that was cancelled and `failed` otherwise.
    /// - Throws: what `work` throws; ``DatasetError`` for files that cannot be written.
    public nonisolated(nonsending) func run<Settings, Result>(
        _ manifest: RunManifest<Settings>, since start: Date,
        _ work: (_ remarks: inout [String]) async throws -> Result
    ) async throws -> Result {
        try begin(manifest)
        var manifest = manifest
        let result: Result
        do {
            result = try await work(&manifest.remarks)
        } catch {
            // The first error is the one to tell; a disk that is full refuses the manifest, too.
            try? write(manifest.ended(error is CancellationError ? "interrupted" : "failed", since: start))
            throw error
        }
        try write(manifest.ended(since: start))
        return result
    }
}
