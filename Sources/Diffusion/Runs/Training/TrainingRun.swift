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
    /// What continues a run.
    private static var stateFile: String { "state.safetensors" }

    /// Where it runs.
    public let folder: TrainingFolder<Plan>

    /// Begins a run; nothing is written yet.
    ///
    /// - Parameters:
    ///   - plan: decides everything.
    ///   - path: the run folder; nil for a new one in `runs`.
    ///   - force: whether an earlier run may be replaced.
    ///   - ranks: the processes that train together; all of them make the same calls, and the first one writes.
    /// - Throws: `RunError` for a place that is taken.
    public init(
        _ plan: Plan, at path: String? = nil, force: Bool = false, ranks: RunRanks = .alone
    ) throws(RunError) {
        let place = try RunFolder.taken(
            path, command: Plan.command, prefix: Plan.folderName, force: force, ranks: ranks)
        folder = TrainingFolder(plan, in: place, ranks: ranks)
    }

    /// Continues the run in a folder. One that stopped before its first checkpoint begins again.
    ///
    /// - Parameters:
    ///   - path: the run folder.
    ///   - ranks: the processes that go on with it; another number than before where the training has shards.
    ///   - change: puts files that moved into their new places; digests say whether they hold the same.
    /// - Throws: `RunError` for a folder that is no run of this kind.
    public init(
        resuming path: String, ranks: RunRanks = .alone, change: (inout Plan) throws(RunError) -> Void = { _ in }
    ) throws(RunError) {
        folder = try TrainingFolder(resuming: path, command: Plan.command, ranks: ranks, change: change)
    }

    /// The finished model.
    public var model: URL { folder.file(Plan.modelFile) }

    /// Trains until the end. When the task is cancelled the step is finished and a checkpoint written; that is no error.
    ///
    /// - Parameters:
    ///   - features: keeps features of photos for the next training.
    ///   - compute: what the manifest says of the computation; precision and seed are the plan's.
    ///   - arguments: the words of a command line, for the manifest; a run that is continued keeps those that began it.
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
        folder.place.remarks.forEach { observe(.note($0)) }
        try folder.settings.validate()
        let task = try await folder.settings.task(in: folder, features: features, observe: observe)
        var manifest = RunManifest(
            command: Plan.command, arguments: folder.arguments ?? arguments, compute: ComputeRecord(compute),
            backbones: task.backbones,
            settings: task.plan, started: start)
        (manifest.compute.seed, manifest.compute.precision) = (task.plan.seed, task.plan.precision)
        if let earlier = folder.compute { manifest.compute.deviations(from: earlier).forEach { observe(.note($0)) } }
        let engine = task.engine
        engine.communicator = folder.ranks.communicator
        try folder.ranks.requireSame(manifest)
        try loadState(engine)
        do {
            return try await folder.place.run(manifest, since: start) { remarks in
                let end = try await train(task, &remarks, observe)
                guard folder.place.isOwned else { return outcome(ended(task, end)) }
                manifest.remarks = remarks
                try writePage(manifest.ended(engine.step == engine.settings.steps ? "finished" : "interrupted", since: start))
                guard engine.step == engine.settings.steps else { throw CancellationError() }
                let summary = task.summary(end)
                try TextFile.writeJSON(summary, to: folder.file("metrics.json"))
                return outcome(.finished(summary))
            }
        } catch is CancellationError {
            return outcome(.interrupted(step: engine.step))
        }
    }

    private func loadState(_ engine: TrainingEngine) throws {
        guard folder.isResumed else { return }
        let state = folder.file(Self.stateFile)
        if folder.ranks.count > 1 {
            let data = try folder.place.shared(Self.stateFile, folder.ranks.communicator)
            if let data { try engine.load(Safetensors.parse(data, source: state.path)) }
        } else if FileManager.default.fileExists(atPath: state.path) {
            try engine.load(contentsOf: state)
        }
    }

    /// How the run ended, for a rank that writes nothing.
    private func ended(_ task: any TrainingTask<Plan>, _ end: TrainingEnd) -> TrainingOutcome<Plan.Summary>.End {
        let step = task.engine.step
        return step == task.engine.settings.steps ? .finished(task.summary(end)) : .interrupted(step: step)
    }

    private func outcome(_ end: TrainingOutcome<Plan.Summary>.End) -> TrainingOutcome<Plan.Summary> {
        TrainingOutcome(end: end, folder: folder.url, model: model)
    }

    /// Trains from where the engine is and leaves a checkpoint.
    private nonisolated(nonsending) func train(
        _ task: any TrainingTask<Plan>, _ remarks: inout [String], _ observe: @escaping RunObserver
    ) async throws -> TrainingEnd {
        let engine = task.engine
        let isOwned = folder.place.isOwned
        let state = folder.file(Self.stateFile)
        let log =
            isOwned ? try TrainingLog(folder.file("metrics.csv"), metrics: task.loggedMetrics, upTo: engine.step) : nil
        if isOwned { try await task.begin(observe: observe) }
        // The state comes first: what a kill in between leaves is continued from it, and the model written again.
        let save = { [model] in
            try engine.checkSameWeights()
            guard isOwned else { return }
            try engine.save(to: state)
            try task.saveModel(to: model)
        }
        var end = TrainingEnd()
        var callbacks = TrainingCallbacks()
        callbacks.onProgress = { progress in
            end.add(progress)
            try log?.append(progress)
            let detail = task.detail(progress, smoothedLoss: end.smoothedLoss)
            observe(.progress(RunProgress("training", progress.work, detail: detail)))
        }
        callbacks.evaluationInterval = task.evaluationInterval
        callbacks.onEvaluation = { if isOwned { try await task.evaluate(at: $0, observe: observe) } }
        callbacks.checkpointInterval = task.checkpointInterval
        callbacks.onCheckpoint = { _ in try save() }
        let (first, before) = (engine.step, engine.communicator.traffic)
        do {
            try await engine.run(callbacks)
        } catch is CancellationError {
            // The checkpoint below is what the interruption leaves.
        }
        try save()
        if folder.ranks.count > 1, engine.step > first {
            let remark = Self.remark(engine.communicator.traffic - before, steps: engine.step - first)
            remarks.append(remark)
            observe(.note(remark))
        }
        return end
    }

    /// What a rank sent and waited for, a step.
    private static func remark(_ traffic: CommunicationTraffic, steps: Int) -> String {
        let steps = Double(steps)
        let megabytes = (Double(traffic.bytes) / 1e6 / steps).rounded(to: 3)
        let milliseconds = (traffic.seconds * 1000 / steps).rounded(to: 1)
        let sums = (traffic.sumSeconds * 1000 / steps).rounded(to: 1)
        return
            "a step sent \(megabytes) MB from the first rank and waited \(milliseconds) ms for others; its sums were under way for \(sums) ms, "
            + "\(((traffic.hiddenShare ?? 0) * 100).rounded(to: 0)) % of that beside computation"
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
