public import Datasets
public import Foundation
public import TensorCore

/// All that decides a training, as its manifest stores it; a run is continued from it alone.
public protocol TrainingPlan: Codable {
    /// What a finished training reports.
    associatedtype Summary: Codable, Sendable

    /// The command, as the manifest names it: "train decoder".
    static var command: String { get }
    /// The beginning of a default run folder's name.
    static var folderName: String { get }
    /// The file of the finished model in the run folder.
    static var modelFile: String { get }

    /// Drives everything that is drawn at random.
    var seed: UInt64 { get }
    /// The type of activations.
    var precision: Precision { get }

    /// Checks the plan before any work begins.
    func validate() throws

    /// Loads and prepares what the plan names; nothing is written to the run folder yet.
    ///
    /// - Parameters:
    ///   - folder: of the run.
    ///   - features: keeps features of photos, where the training needs some.
    ///   - observe: hears of progress.
    nonisolated(nonsending) func task(
        in folder: TrainingFolder<Self>, features: FeatureStore, observe: RunObserver
    ) async throws -> any TrainingTask<Self>
}

/// What a training brings to ``TrainingRun``: its engine and what people read of it. Folder, log, progress, checkpoints,
/// interruption and resumption are the run's.
public protocol TrainingTask<Plan> {
    /// What decides it.
    associatedtype Plan: TrainingPlan

    /// The plan with the digests of what was loaded.
    var plan: Plan { get }
    /// The networks that the manifest names.
    var backbones: [BackboneRecord] { get }
    /// What trains.
    var engine: TrainingEngine { get }
    /// Steps between checkpoints.
    var checkpointInterval: Int { get }
    /// Steps between evaluations; 0 for none.
    var evaluationInterval: Int { get }
    /// The learner's figures that the log keeps, by their name in `TrainingProgress.metrics`.
    var loggedMetrics: [String] { get }

    /// What stands behind the progress; `smoothedLoss` follows the losses slowly.
    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String

    /// Called before the first step, when the folder is there and the state loaded: logs of the task's own are opened.
    nonisolated(nonsending) func begin(observe: @escaping RunObserver) async throws

    /// Called every `evaluationInterval` steps.
    nonisolated(nonsending) func evaluate(at step: Int, observe: @escaping RunObserver) async throws

    /// Writes the model of the moment.
    func saveModel(to url: URL) throws

    /// What the finished run reports.
    func summary(_ end: TrainingEnd) -> Plan.Summary
}

extension TrainingTask {
    public var backbones: [BackboneRecord] { [] }
    public var evaluationInterval: Int { 0 }
    public var loggedMetrics: [String] { [] }
    public nonisolated(nonsending) func begin(observe: @escaping RunObserver) async throws {}
    public nonisolated(nonsending) func evaluate(at step: Int, observe: @escaping RunObserver) async throws {}
}

/// How a training came to its end.
public struct TrainingEnd {
    /// The last step of this run; nil when there was none left.
    public private(set) var last: TrainingProgress?
    /// The loss, following slowly.
    public private(set) var smoothedLoss = 0.0

    mutating func add(_ progress: TrainingProgress) {
        last = progress
        let loss = Double(progress.loss)
        smoothedLoss = smoothedLoss == 0 ? loss : smoothedLoss * 0.95 + loss * 0.05
    }
}
