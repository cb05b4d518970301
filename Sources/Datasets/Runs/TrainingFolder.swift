public import Foundation

/// The folder of a run whose own files continue it: what it decided, and how far it is.
public struct TrainingFolder<Settings: Codable> {
    /// Where it lies, held as long as this value lives.
    public let place: RunFolder
    /// The processes that work on it together.
    public let ranks: RunRanks
    /// What the run decided when it began.
    public let settings: Settings
    /// How the earlier part computed; nil for a new run.
    public let compute: ComputeRecord?
    /// The words of the command line that began it; nil for a new run.
    public let arguments: [String]?
    /// Whether the run came to its end before.
    public let isFinished: Bool

    /// Takes the place of a new run; nothing of it is written yet.
    public init(_ settings: Settings, in place: RunFolder, ranks: RunRanks = .alone) {
        self.place = place
        self.ranks = ranks
        self.settings = settings
        (compute, arguments, isFinished) = (nil, nil, false)
    }

    /// Takes the folder of an earlier run.
    ///
    /// - Parameters:
    ///   - path: of the folder.
    ///   - command: what the run must be, as its manifest says it.
    ///   - ranks: the processes that go on with it, all of them by this call.
    ///   - change: puts what moved into its new place.
    /// - Throws: ``RunError`` for a folder without a manifest, with one of another command, or in use.
    public init(
        resuming path: String, command: String, ranks: RunRanks = .alone,
        change: (inout Settings) throws(RunError) -> Void = { _ in }
    ) throws(RunError) {
        place = try RunFolder.resumed(path, command: command, ranks: ranks)
        self.ranks = ranks
        var manifest = try RunManifest<Settings>(of: place, command: command, ranks: ranks)
        try change(&manifest.settings)
        settings = manifest.settings
        compute = manifest.compute
        arguments = manifest.arguments
        isFinished = manifest.status == "finished"
    }

    /// Whether the run was begun before.
    public var isResumed: Bool { compute != nil }

    /// Its path.
    public var url: URL { place.url }

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
