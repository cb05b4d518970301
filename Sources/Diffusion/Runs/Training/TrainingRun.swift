public import Datasets
public import Foundation
internal import TensorCore

/// The training of a decoder in a run folder.
public typealias DecoderTraining = TrainingRun<DecoderPlan>

/// The training of a backbone in a run folder.
public typealias BackboneTraining = TrainingRun<BackbonePlan>

/// A training in a run folder, which holds its plan, log, checkpoints and model and from which it is continued to the same
/// bits after any interruption.
public struct TrainingRun<Plan: TrainingPlan> {
    /// Where it runs.
    public let folder: TrainingFolder<Plan>

    /// Begins a run; nothing is written yet.
    ///
    /// - Parameters:
    ///   - plan: decides everything.
    ///   - path: the run folder; nil for a new one in `runs`.
    ///   - force: whether an earlier run may be replaced.
    /// - Throws: `RunError` for a place that is taken.
    public init(_ plan: Plan, at path: String? = nil, force: Bool = false) throws(RunError) {
        let url = path.map { URL(fileURLWithPath: $0) } ?? RunFolder.defaultURL(Plan.folderName)
        folder = try TrainingFolder(plan, at: url, force: force)
    }

    /// Continues the run in a folder. One that stopped before its first checkpoint begins again.
    ///
    /// - Throws: `RunError` for a folder that is no run of this kind.
    public init(resuming path: String) throws(RunError) {
        folder = try TrainingFolder(resuming: URL(fileURLWithPath: path), command: Plan.command)
    }

    /// The finished model.
    public var model: URL { folder.file(Plan.modelFile) }

    /// Trains until the end. When the task is cancelled the step is finished and a checkpoint written; that is no error.
    ///
    /// - Parameters:
    ///   - features: keeps features of photos for the next training.
    ///   - compute: what the manifest says of the computation; precision and seed are the plan's.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - observe: hears of progress.
    /// - Returns: how the run ended.
    /// - Throws: `CancellationError` when the task was cancelled before the first step; `RunError` and the errors of plans,
    ///   datasets, backbones and states; `TrainingEngineError` for a training that diverged.
    public nonisolated(nonsending) func run(
        features: FeatureStore = FeatureStore(folder: FeatureStore.standardFolder),
        compute: ComputeSettings = ComputeSettings(), arguments: [String] = [], observe: @escaping RunObserver = { _ in }
    ) async throws -> TrainingOutcome<Plan.Summary> {
        let start = Date()
        if folder.isFinished { return outcome(.finishedBefore) }
        try folder.settings.validate()
        let task = try folder.settings.task(in: folder, features: features, observe: observe)
        var manifest = RunManifest(
            command: Plan.command, arguments: arguments, compute: ComputeRecord(compute), backbones: task.backbones,
            settings: task.plan, started: start)
        (manifest.compute.seed, manifest.compute.precision) = (task.plan.seed, task.plan.precision)
        let end = try await train(task, manifest, observe)
        let engine = task.engine
        guard engine.step == engine.settings.steps else {
            try folder.write(manifest.ended("interrupted", since: start))
            return outcome(.interrupted(step: engine.step))
        }
        let summary = task.summary(end)
        try TextFile.writeJSON(summary, to: folder.file("metrics.json"))
        try folder.write(manifest.ended(since: start))
        return outcome(.finished(summary))
    }

    private func outcome(_ end: TrainingOutcome<Plan.Summary>.End) -> TrainingOutcome<Plan.Summary> {
        TrainingOutcome(end: end, folder: folder.url, model: model)
    }

    /// Trains from the folder's state on and leaves a checkpoint.
    private nonisolated(nonsending) func train(
        _ task: any TrainingTask<Plan>, _ manifest: RunManifest<Plan>, _ observe: @escaping RunObserver
    ) async throws -> TrainingEnd {
        let engine = task.engine
        let state = folder.file("state.safetensors")
        if folder.isResumed, FileManager.default.fileExists(atPath: state.path) { try engine.load(contentsOf: state) }
        try folder.create(manifest)
        let log = try TrainingLog(folder.file("metrics.csv"), metrics: task.loggedMetrics, upTo: engine.step)
        try await task.begin(observe: observe)
        // The state comes first: what a kill in between leaves is continued from it, and the model written again.
        let save = { [model] in
            try engine.save(to: state)
            try task.saveModel(to: model)
        }
        var end = TrainingEnd()
        var callbacks = TrainingCallbacks()
        callbacks.onProgress = { progress in
            end.add(progress)
            try log.append(progress)
            let detail = task.detail(progress, smoothedLoss: end.smoothedLoss)
            observe(.progress(RunProgress("training", progress.work, detail: detail)))
        }
        callbacks.evaluationInterval = task.evaluationInterval
        callbacks.onEvaluation = { try await task.evaluate(at: $0, observe: observe) }
        callbacks.checkpointInterval = task.checkpointInterval
        callbacks.onCheckpoint = { _ in try save() }
        do {
            try await engine.run(callbacks)
        } catch is CancellationError {
            // The checkpoint below is what the interruption leaves.
        }
        try save()
        return end
    }
}

extension TrainingRun: Sendable where Plan: Sendable {}

/// How a training ended, and where its files are.
public struct TrainingOutcome<Summary: Sendable>: Sendable {
    /// How it ended.
    public enum End: Sendable {
        /// All steps are done.
        case finished(Summary)
        /// The task was cancelled; a checkpoint of this step is written.
        case interrupted(step: Int)
        /// An earlier run had done all steps.
        case finishedBefore
    }

    /// How it ended.
    public var end: End
    /// The run folder.
    public var folder: URL
    /// The model: the finished one, or that of the last checkpoint.
    public var model: URL
}
