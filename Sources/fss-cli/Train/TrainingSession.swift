internal import Datasets
internal import Foundation
internal import TensorCore

/// One training in its run folder: the path that all training commands share.
final class TrainingSession<Task: TrainingTask> {
    private let task: Task
    private let folder: TrainingFolder<Task.Plan>
    private let console: Console
    private let start: Date
    private var end = TrainingEnd(last: nil, smoothedLoss: 0)

    /// - Parameter start: when the command began.
    init(_ task: Task, folder: TrainingFolder<Task.Plan>, console: Console, start: Date) {
        self.task = task
        self.folder = folder
        self.console = console
        self.start = start
    }

    /// Trains until the end or an interruption, which leaves a checkpoint and says how to go on.
    nonisolated(nonsending) func run() async throws {
        let engine = task.engine
        if folder.hasState { try task.load(folder.state) }
        try folder.create(task.manifest)
        let bar = ProgressBar("training", total: engine.settings.steps, from: engine.step, on: console)
        let log = try TrainingLog(folder.metrics, metrics: task.loggedMetrics, upTo: engine.step)
        try await task.begin(in: folder) { [console] text in
            bar.finish()
            console.note(text)
        }
        do {
            try await engine.run(callbacks(bar, log))
        } catch is CancellationError {
            // The checkpoint below is what the interruption leaves.
        } catch {
            bar.finish()
            throw error
        }
        bar.finish()
        try save()
        guard engine.step == engine.settings.steps else {
            try folder.write(task.manifest.ended("interrupted", since: start))
            throw Interrupted(
                advice:
                    "A checkpoint of step \(engine.step) is written. Continue with: \(Task.Plan.resumption) \(folder.url.path)")
        }
        try folder.write(task.manifest.ended(since: start))
        let (summary, lines) = task.summary(end, in: folder)
        try TextFile.writeJSON(summary, to: folder.url.appendingPathComponent("metrics.json"))
        lines.forEach(console.line)
        try console.emit(summary)
    }

    private func callbacks(_ bar: ProgressBar, _ log: TrainingLog) -> TrainingCallbacks {
        var callbacks = TrainingCallbacks()
        callbacks.onProgress = { [self] progress in
            end.last = progress
            let loss = Double(progress.loss)
            end.smoothedLoss = end.smoothedLoss == 0 ? loss : end.smoothedLoss * 0.95 + loss * 0.05
            try log.append(progress)
            bar.update(progress.step, task.detail(progress, smoothedLoss: end.smoothedLoss))
        }
        callbacks.evaluationInterval = task.evaluationInterval
        callbacks.onEvaluation = { [task] step in try await task.evaluate(at: step) }
        callbacks.checkpointInterval = task.checkpointInterval
        callbacks.onCheckpoint = { [self] _ in try save() }
        return callbacks
    }

    /// The state comes first: what a kill in between leaves is continued from it, and the model written again.
    private func save() throws {
        try task.engine.save(to: folder.state)
        try task.saveModel(to: folder.model)
    }
}

extension CommonOptions {
    /// The body of a training command: continues a run, or begins one.
    ///
    /// - Parameters:
    ///   - path: the folder to continue, nil for a new run.
    ///   - new: makes the new run's folder from the command's options.
    ///   - task: loads what the folder's plan names.
    nonisolated(nonsending) func train<Task: TrainingTask>(
        resuming path: String?, new: () throws -> TrainingFolder<Task.Plan>,
        task: (TrainingFolder<Task.Plan>, Date) throws -> Task
    ) async throws {
        try apply()
        let start = Date()
        let folder = try path.map { try TrainingFolder<Task.Plan>(resuming: $0) } ?? new()
        if folder.isFinished {
            console.note("\(folder.url.path): the run is finished, its model is \(folder.model.path)")
            return
        }
        try await TrainingSession(task(folder, start), folder: folder, console: console, start: start).run()
    }
}
