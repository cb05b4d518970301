internal import Datasets
internal import Foundation
internal import TensorCore

/// The folder of a training, which is written to while the run goes on; every file appears whole.
final class TrainingFolder<Plan: TrainingPlan> {
    let folder: RunFolder
    /// The plan of the run.
    let plan: Plan
    /// Whether the folder was there before.
    let isResumed: Bool
    /// Whether the run came to its end before.
    let isFinished: Bool

    /// A new run.
    init(_ plan: Plan, at path: String?, force: Bool) throws {
        folder = try RunFolder(path, command: Plan.command, prefix: Plan.folderPrefix, force: force)
        self.plan = plan
        (isResumed, isFinished) = (false, false)
    }

    /// The run of an earlier command. One that stopped before its first checkpoint begins again.
    init(resuming path: String) throws {
        folder = try RunFolder(resuming: path, command: Plan.command)
        let manifest = try RunManifest<Plan>(of: folder, command: Plan.command)
        plan = manifest.settings
        isFinished = manifest.status == "finished"
        isResumed = true
    }

    /// Refuses to go on with something else than what the run began with.
    func compare(_ stored: String?, _ found: String, _ what: String) throws {
        guard let stored, stored != found else { return }
        throw CommandError("\(url.path): \(what) changed since the run began; restore it, or start a new run")
    }

    /// Whether there is a state to continue from.
    var hasState: Bool { isResumed && FileManager.default.fileExists(atPath: state.path) }

    var state: URL { url.appendingPathComponent("state.safetensors") }
    var model: URL { url.appendingPathComponent(Plan.modelFile) }
    var best: URL { url.appendingPathComponent("best.safetensors") }
    var metrics: URL { url.appendingPathComponent("metrics.csv") }
    var evaluation: URL { url.appendingPathComponent("evaluation.csv") }

    var url: URL { folder.url }

    /// Makes the run's manifest; until here nothing was written. An earlier run is replaced.
    func create(_ manifest: RunManifest<Plan>) throws { try folder.begin(manifest) }

    /// Writes the manifest.
    func write(_ manifest: RunManifest<Plan>) throws { try folder.write(manifest) }
}
