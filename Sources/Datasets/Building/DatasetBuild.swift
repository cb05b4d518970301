internal import Foundation
internal import TensorCore

/// A dataset that is made from raw downloads in a run folder: masks, lists and an index; its properties are the settings of the manifest.
///
/// Every file is written whole, and what is there already stays, so that a build that was killed goes on and ends with the same bytes.
/// Ranks that share a build see the folder; each image is made by one of them, lists and index by the first.
public protocol DatasetBuild: Codable, Hashable, Sendable {
    /// What ``dataset`` is of builds of this kind.
    static var datasetName: String { get }
    /// Rises whenever the same downloads give other bytes.
    static var currentVersion: Int { get }
    /// The name of the dataset.
    var dataset: String { get }
    /// The version of the rules.
    var version: Int { get }

    /// Builds everything.
    ///
    /// An image whose photo or labels are missing, damaged or do not fit each other is left out of the index and of all lists; the
    /// rest goes on.
    ///
    /// - Parameters:
    ///   - folder: for the dataset.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - workers: images that are worked on at once, at each rank.
    ///   - ranks: the processes that share the images; all of them make the same call.
    ///   - observe: hears of progress.
    /// - Throws: `CancellationError` when the task was cancelled; ``DatasetError`` for downloads that are not there, and files that
    ///   cannot be written; `CommunicationError` where ranks differ.
    func run(
        in folder: RunFolder, arguments: [String], workers: Int, ranks: RunRanks, observe: @escaping RunObserver
    ) async throws -> BuildSummary
}

extension DatasetBuild {
    /// The command, as the manifest names it.
    public static var command: String { "data build" }

    /// Reads what an earlier build into a folder was asked for.
    ///
    /// - Throws: ``RunError`` for a folder that holds no build of this kind.
    public static func resuming(_ folder: RunFolder) throws(RunError) -> Self {
        if let build = built(folder.url) { return build }
        throw .file(
            folder.url.appendingPathComponent(RunFolder.manifestName).path, found: "no build of \(datasetName)",
            expected: "the folder of one that was interrupted", advice: "check --resume")
    }

    /// What a folder was built with; nil for a folder without such a build.
    static func built(_ folder: URL) -> Self? {
        let file = folder.appendingPathComponent(RunFolder.manifestName)
        guard let read = try? RunJSON.decode(RunManifest<Self>.self, from: Data(contentsOf: file)) else { return nil }
        let isOurs = read.settings.dataset == datasetName && read.settings.version == currentVersion
        return isOurs ? read.settings : nil
    }
}

extension RunRanks {
    /// Refuses to begin where ranks are of another version or were asked for another build; how many threads they have is all one.
    func requireSameBuild<Build>(_ manifest: RunManifest<Build>) throws {
        guard count > 1 else { return }
        let settings = SHA256.hex(try TextFile.json(manifest.settings))
        try requireSame([("version", manifest.compute.libraryVersion), ("set of settings", settings)])
    }
}

/// What a build leaves behind.
public struct BuildSummary: Sendable, Hashable, Codable {
    /// Images in the index.
    public var images = 0
    /// Images by list.
    public var sets: [String: Int] = [:]
    /// What was left out and why, a line each.
    public var refused: [String] = []
}

/// How photos come into the folder of a build.
public enum PhotoPlacement: String, Codable, Hashable, Sendable, CaseIterable {
    /// Symbolic links to the downloads.
    case link
    /// Copies.
    case copy

    /// Links or copies a photo; one that is there stays.
    func place(_ photo: URL, at target: URL) throws {
        if FileBytes.exists(target) { return }
        guard self == .link else { return try ImageFile.write(try ImageFile.bytes(of: photo), to: target) }
        do {
            // A link whose target moved away is in the way of the new one.
            try? FileManager.default.removeItem(at: target)
            try FileManager.default.createSymbolicLink(at: target, withDestinationURL: photo.resolvingSymlinksInPath())
        } catch {
            throw DatasetError(
                file: target.path, found: "a place where no link can be made", expected: "a folder to write to",
                advice: "build with --photos copy")
        }
    }
}
