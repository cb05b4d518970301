public import Foundation
internal import TensorCore

/// The folder of a run that is continued after an interruption: its manifest is there from the first step on, and every
/// file appears whole.
public struct TrainingFolder<Settings: Codable> {
    /// Where it lies.
    public let url: URL
    /// What the run decided when it began.
    public let settings: Settings
    /// Whether the folder was there before.
    public let isResumed: Bool
    /// Whether the run came to its end before.
    public let isFinished: Bool

    /// Names the place of a new run; nothing is written yet.
    ///
    /// - Parameter force: whether an earlier run may be replaced. Folders that are no runs are never replaced.
    /// - Throws: ``RunError`` for a place that is taken.
    public init(_ settings: Settings, at url: URL, force: Bool = false) throws(RunError) {
        self.url = url.standardizedFileURL
        self.settings = settings
        (isResumed, isFinished) = (false, false)
        try RunFolder.checkFree(self.url, force: force)
    }

    /// Opens the folder of an earlier run.
    ///
    /// - Parameter command: what the run must be, as its manifest says it.
    /// - Throws: ``RunError`` for a folder without a manifest, or with one of another command.
    public init(resuming url: URL, command: String) throws(RunError) {
        self.url = url.standardizedFileURL
        let manifest = try Self.manifest(self.url.appendingPathComponent("manifest.json"), command: command)
        settings = manifest.settings
        isResumed = true
        isFinished = manifest.status == "finished"
    }

    /// What every manifest says about its run.
    private struct ManifestHead: Decodable {
        var command: String
    }

    private static func manifest(_ file: URL, command: String) throws(RunError) -> RunManifest<Settings> {
        guard let data = try? Data(contentsOf: file) else {
            throw .file(file.path, found: "no such file", expected: "the folder of a training", advice: "check --resume")
        }
        let other: String
        do {
            other = try JSONDecoder().decode(ManifestHead.self, from: data).command
            if other == command { return try JSONDecoder().decode(RunManifest<Settings>.self, from: data) }
        } catch {
            let place = (error as? DecodingError)?.placeAndReason
            let reason = place.map { "\($0.key) \($0.reason)" } ?? "\(error)"
            throw .file(
                file.path, found: "another manifest (\(reason))", expected: "that of a training", advice: "check --resume")
        }
        throw .file(
            file.path, found: "a run of `fss \(other)`", expected: "one of `fss \(command)`", advice: "check --resume")
    }

    /// Makes the folder with its manifest, both at once. An earlier run is replaced; one that is resumed keeps its files.
    ///
    /// - Throws: ``RunError`` and ``DatasetError`` for files that cannot be written.
    public func create(_ manifest: RunManifest<Settings>) throws {
        if isResumed { return try write(manifest) }
        let files = FileManager.default
        let name = ".\(url.lastPathComponent).partial-\(ProcessInfo.processInfo.processIdentifier)"
        let staging = url.deletingLastPathComponent().appendingPathComponent(name)
        do {
            try files.createDirectory(at: staging, withIntermediateDirectories: true)
        } catch {
            throw RunError.file(
                url.path, found: "a place where no folder can be made (\(error.localizedDescription))", expected: "a new folder",
                advice: "choose another with --out")
        }
        do {
            try TextFile.writeJSON(manifest, to: staging.appendingPathComponent("manifest.json"))
            if files.fileExists(atPath: url.path) { try files.removeItem(at: url) }
            try files.moveItem(at: staging, to: url)
        } catch {
            try? files.removeItem(at: staging)
            throw error
        }
    }

    /// Writes the manifest of a run that goes on or ends.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be written.
    public func write(_ manifest: RunManifest<Settings>) throws(DatasetError) {
        try TextFile.writeJSON(manifest, to: file("manifest.json"))
    }

    /// The place of a file.
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// Refuses to go on with something else than what the run began with.
    ///
    /// - Parameters:
    ///   - what: names it ("the training list").
    ///   - stored: its digest at the beginning; nil for a run that begins.
    ///   - found: its digest.
    /// - Throws: ``RunError/file(_:found:expected:advice:)``.
    public func requireUnchanged(_ what: String, _ stored: String?, _ found: String) throws(RunError) {
        guard let stored, stored != found else { return }
        throw .file(
            url.path, found: "that \(what) changed since the run began", expected: "the same",
            advice: "restore it, or start a new run")
    }
}

extension TrainingFolder: Sendable where Settings: Sendable {}
