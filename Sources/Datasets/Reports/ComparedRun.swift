public import Foundation

/// An evaluation that lies in its folder, read for a comparison.
public struct ComparedRun: Sendable {
    /// One score with all that decided it.
    public struct Cell: Sendable {
        /// The score, with the counts of its episodes.
        public var cell: EvaluationCell
        /// Protocol, data and method.
        public var record: EvaluationRecord
        /// How it was computed.
        public var compute: ComputeRecord

        /// Joins a score with its manifest.
        public init(cell: EvaluationCell, manifest: ResultManifest) {
            self.cell = cell
            record = manifest.evaluation
            compute = manifest.compute
        }
    }

    /// Where it lies.
    public var path: String
    /// All scores.
    public var cells: [Cell]

    /// A run.
    public init(path: String, cells: [Cell]) {
        self.path = path
        self.cells = cells
    }

    /// Reads a run folder of `fss evaluate`.
    ///
    /// - Throws: ``RunError`` for a folder that is no finished evaluation; ``DatasetError`` for one whose episodes cannot be read or are
    ///   not those that its manifest names.
    public init(contentsOf folder: URL) throws {
        let expected = "the folder of a finished `fss evaluate`"
        let head: Head = try Self.json(folder.appendingPathComponent(RunFolder.manifestName), expected: expected)
        guard head.command == "evaluate", head.status == "finished" else {
            throw RunError.file(
                folder.path, found: "a run of `fss \(head.command)` that is \(head.status)", expected: expected,
                advice: head.command == "evaluate" ? "finish it with fss evaluate --resume" : "name another folder")
        }
        let metrics: Metrics = try Self.json(folder.appendingPathComponent("metrics.json"), expected: expected)
        path = folder.path
        cells = try metrics.cells.map { try Self.cell($0, in: folder) }
    }

    private static func cell(_ cell: EvaluationCell, in folder: URL) throws -> Cell {
        let place = folder.appendingPathComponent(cell.folderName)
        let manifest: ResultManifest = try json(
            place.appendingPathComponent("manifest.json"), expected: "the manifest of a score")
        let file = place.appendingPathComponent("episodes.csv")
        let table = try EpisodeTable(contentsOf: file)
        let asked = table.scores.count(where: \.isPresent)
        guard table.episodeHash == manifest.evaluation.episodeHash, asked == manifest.evaluation.episodeCount else {
            throw DatasetError(
                file: file.path, found: "\(asked) episodes \(table.episodeHash.prefix(16))",
                expected:
                    "\(manifest.evaluation.episodeCount) episodes \(manifest.evaluation.episodeHash.prefix(16)), as its manifest says",
                advice: "restore the file or evaluate again")
        }
        var cell = cell
        cell.result.scores = table.scores
        return Cell(cell: cell, manifest: manifest)
    }

    private struct Head: Decodable {
        var command: String
        var status: String
    }

    private struct Metrics: Decodable {
        var cells: [EvaluationCell]
    }

    private static func json<Value: Decodable>(_ file: URL, expected: String) throws -> Value {
        let text = try TextFile.read(file, expected: expected)
        do {
            return try RunJSON.decode(Value.self, from: Data(text.utf8))
        } catch {
            throw RunError.file(
                file.path, found: "JSON of something else", expected: expected, advice: "check the folder, or evaluate again")
        }
    }
}
