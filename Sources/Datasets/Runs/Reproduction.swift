/// A paper's measurements in miniature, as a command runs and continues them.
public protocol Reproduction: Sendable {
    /// What was found.
    associatedtype Report: Codable & Sendable

    /// What manifests call it.
    static var command: String { get }

    /// Checks the settings before any work begins.
    func validate() throws

    /// Runs everything, or goes on in the folder of an earlier run of the same settings.
    ///
    /// - Parameter ranks: the processes that share the cells; all of them make the same call and get the same report, and the first one
    ///   writes it. Each trains the networks of its cells by itself, in the run folder, which all of them have to see.
    func run(
        in folder: RunFolder, isResumed: Bool, compute: ComputeSettings, arguments: [String], ranks: RunRanks,
        observe: @escaping RunObserver
    ) async throws -> Report
}
