/// A paper's measurements in miniature, as a command runs and continues them.
public protocol Reproduction: Sendable {
    /// What was found.
    associatedtype Report: Encodable & Sendable

    /// What manifests call it.
    static var command: String { get }

    /// Checks the settings before any work begins.
    func validate() throws

    /// Runs everything, or goes on in the folder of an earlier run of the same settings.
    func run(
        in folder: RunFolder, isResumed: Bool, compute: ComputeSettings, arguments: [String], observe: @escaping RunObserver
    ) async throws -> Report
}
