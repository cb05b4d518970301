internal import Datasets
internal import Foundation
internal import TensorCore

/// The folder of a training, which is written to while the run goes on; every file appears whole.
final class TrainingFolder {
    let url: URL
    /// The plan of the run.
    let plan: TrainingPlan
    /// Whether there is a state to continue from.
    let isResumed: Bool
    /// Whether the run came to its end before.
    let isFinished: Bool

    /// A new run.
    init(_ plan: TrainingPlan, at path: String?, force: Bool) throws {
        url = path.map { URL(fileURLWithPath: $0).standardizedFileURL } ?? RunFolder.defaultURL("train")
        self.plan = plan
        (isResumed, isFinished) = (false, false)
        try RunFolder.checkFree(url, force: force)
    }

    /// The run of an earlier command.
    init(resuming path: String) throws {
        url = URL(fileURLWithPath: path).standardizedFileURL
        let file = url.appendingPathComponent("manifest.json")
        guard let data = try? Data(contentsOf: file) else {
            throw CommandError("\(file.path): found no such file, expected the folder of a training; check --resume")
        }
        do {
            let manifest = try JSONDecoder().decode(RunManifest<TrainingPlan>.self, from: data)
            plan = manifest.settings
            isFinished = manifest.status == "finished"
        } catch let error as DecodingError {
            throw CommandError(
                "\(file.path): found another manifest than a training's (\(error.placeAndReason.key) \(error.placeAndReason.reason)); check --resume"
            )
        }
        isResumed = true
        guard FileManager.default.fileExists(atPath: state.path) else {
            throw CommandError(
                "\(state.path): found no such file: the run stopped before its first checkpoint; start it anew with --force")
        }
    }

    /// Makes the folder; until here nothing was written. An earlier run is replaced.
    func create() throws {
        if isResumed { return }
        if FileManager.default.fileExists(atPath: url.path) {
            try? FileManager.default.removeItem(at: url)
        }
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw CommandError("\(url.path): cannot make this folder (\(error.localizedDescription)); choose another with --out")
        }
    }

    var state: URL { url.appendingPathComponent("state.safetensors") }
    var model: URL { url.appendingPathComponent("model.safetensors") }
    var best: URL { url.appendingPathComponent("best.safetensors") }
    var metrics: URL { url.appendingPathComponent("metrics.csv") }
    var evaluation: URL { url.appendingPathComponent("evaluation.csv") }

    /// Writes the manifest.
    func write(_ manifest: RunManifest<TrainingPlan>) throws {
        try TextFile.writeJSON(manifest, to: url.appendingPathComponent("manifest.json"))
    }
}

/// A CSV file that grows by a row a step, and from which a resumed run removes what it will do again.
final class StepLog {
    private let handle: FileHandle
    /// The rows that were kept, as fields.
    let kept: [[String]]

    /// - Parameter step: rows of later steps are removed; 0 for a new file.
    init(_ url: URL, header: [String], upTo step: Int) throws {
        let text = step > 0 ? (try? String(contentsOf: url, encoding: .utf8)) ?? "" : ""
        let rows = text.split(whereSeparator: \.isNewline).dropFirst().map { $0.split(separator: ",").map(String.init) }
        kept = rows.filter { row in row.count == header.count && (Int(row[0]).map { $0 <= step } ?? false) }
        try TextFile.writeCSV(header: header, rows: kept, to: url)
        handle = try FileHandle(forWritingTo: url)
        try handle.seekToEnd()
    }

    deinit { try? handle.close() }

    /// Adds a row.
    func append(_ row: [String]) throws { try handle.write(contentsOf: Data((row.joined(separator: ",") + "\n").utf8)) }
}
