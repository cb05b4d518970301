internal import Datasets
internal import Foundation
internal import TensorCore

/// The folder of a training, which is written to while the run goes on; every file appears whole.
final class TrainingFolder<Plan: TrainingPlan> {
    let url: URL
    /// The plan of the run.
    let plan: Plan
    /// Whether the folder was there before.
    let isResumed: Bool
    /// Whether the run came to its end before.
    let isFinished: Bool

    /// A new run.
    init(_ plan: Plan, at path: String?, force: Bool) throws {
        url = path.map { URL(fileURLWithPath: $0).standardizedFileURL } ?? RunFolder.defaultURL(Plan.folderPrefix)
        self.plan = plan
        (isResumed, isFinished) = (false, false)
        try RunFolder.checkFree(url, force: force)
    }

    /// The run of an earlier command. One that stopped before its first checkpoint begins again.
    init(resuming path: String) throws {
        url = URL(fileURLWithPath: path).standardizedFileURL
        let file = url.appendingPathComponent("manifest.json")
        guard let data = try? Data(contentsOf: file) else {
            throw CommandError("\(file.path): found no such file, expected the folder of a training; check --resume")
        }
        do {
            let head = try JSONDecoder().decode(ManifestHead.self, from: data)
            guard head.command == Plan.command else {
                throw CommandError(
                    "\(file.path): found a run of `fss \(head.command)`, expected one of `fss \(Plan.command)`; check --resume")
            }
            plan = try JSONDecoder().decode(RunManifest<Plan>.self, from: data).settings
            isFinished = head.status == "finished"
        } catch let error as DecodingError {
            throw CommandError(
                "\(file.path): found another manifest than a training's (\(error.placeAndReason.key) \(error.placeAndReason.reason)); check --resume"
            )
        }
        isResumed = true
    }

    /// What every manifest says about its run.
    private struct ManifestHead: Decodable {
        var command: String
        var status: String
    }

    /// Makes the folder with its manifest, both at once; until here nothing was written. An earlier run is replaced.
    func create(_ manifest: RunManifest<Plan>) throws {
        if isResumed { return try write(manifest) }
        let files = FileManager.default
        let name = ".\(url.lastPathComponent).partial-\(ProcessInfo.processInfo.processIdentifier)"
        let staging = url.deletingLastPathComponent().appendingPathComponent(name)
        do {
            try files.createDirectory(at: staging, withIntermediateDirectories: true)
        } catch {
            throw CommandError("\(url.path): cannot make this folder (\(error.localizedDescription)); choose another with --out")
        }
        do {
            try TextFile.writeJSON(manifest, to: staging.appendingPathComponent("manifest.json"))
            if files.fileExists(atPath: url.path) { try files.removeItem(at: url) }
            try files.moveItem(at: staging, to: url)
        } catch {
            try? files.removeItem(at: staging)
            throw error
        }
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

    /// Writes the manifest.
    func write(_ manifest: RunManifest<Plan>) throws {
        try TextFile.writeJSON(manifest, to: url.appendingPathComponent("manifest.json"))
    }
}
