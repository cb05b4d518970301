internal import Datasets
internal import Foundation
internal import TensorCore

/// All that decides a training, as the manifest stores it; a run is continued from it alone.
protocol TrainingPlan: Codable {
    /// The command, as the manifest names it: "train decoder".
    static var command: String { get }
    /// What continues a run, before the folder: "fss train --resume".
    static var resumption: String { get }
    /// The beginning of a default run folder's name.
    static var folderPrefix: String { get }
    /// The file of the finished model in the run folder.
    static var modelFile: String { get }
}

/// What a training brings to ``TrainingSession``: its engine and what people read of it. Folder, log, progress,
/// checkpoints, interruption and resumption are the session's.
protocol TrainingTask {
    associatedtype Plan: TrainingPlan
    associatedtype Summary: Encodable

    /// What trains.
    var engine: TrainingEngine { get }
    /// Says how the run was made.
    var manifest: RunManifest<Plan> { get }
    /// Steps between checkpoints.
    var checkpointInterval: Int { get }
    /// Steps between evaluations; 0 for none.
    var evaluationInterval: Int { get }
    /// The learner's figures that the log keeps, by their name in `TrainingProgress.metrics`.
    var loggedMetrics: [String] { get }

    /// What stands behind the bar; `smoothedLoss` follows the losses slowly.
    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String

    /// Continues from a state, if there is one, before anything is written.
    func load(_ state: URL) throws

    /// Called with the folder before the first step of a command: logs of the task's own are opened there.
    nonisolated(nonsending) func begin(in folder: TrainingFolder<Plan>, note: @escaping (String) -> Void) async throws

    /// Called every `evaluationInterval` steps.
    nonisolated(nonsending) func evaluate(at step: Int) async throws

    /// Writes the model of the moment.
    func saveModel(to url: URL) throws

    /// What the finished run reports: a value for machines, lines for people.
    func summary(_ end: TrainingEnd, in folder: TrainingFolder<Plan>) -> (value: Summary, lines: [String])
}

/// How a training came to its end.
struct TrainingEnd {
    /// The last step of this command; nil when there was none left.
    var last: TrainingProgress?
    /// The loss, following slowly.
    var smoothedLoss: Double
}

extension TrainingTask {
    var evaluationInterval: Int { 0 }
    var loggedMetrics: [String] { [] }
    func load(_ state: URL) throws { try engine.load(contentsOf: state) }
    nonisolated(nonsending) func begin(in folder: TrainingFolder<Plan>, note: @escaping (String) -> Void) async throws {}
    nonisolated(nonsending) func evaluate(at step: Int) async throws {}
}
