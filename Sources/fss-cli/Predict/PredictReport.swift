internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// What `predict` prints: a row a photo where there are few, the summary, and exports.
///
/// With `--json` all of it is one value, and every record is kept for that; else a hundred thousand photos leave their failures alone.
/// Exports are written as the records come.
struct PredictReport {
    private static let mostRows = 50
    private static let mostFailures = 20

    private struct Output: Encodable {
        var folder: String
        var remarks: [String]
        var results: [PredictionRecord]
        var summary: PredictionSummary
        var exports: [ExportSummary]
    }

    var remarks: [String] = []
    private let folder: RunFolder
    private let export: PredictionExport
    private var exporter: PredictionExportWriter?
    private let keepsAll: Bool
    private let hasFew: Bool
    private var rows: [PredictionRecord] = []
    private var failures: [String] = []
    private var exportFailure: (any Error)?

    init(_ formats: [String], tolerance: Double, _ run: PredictionRun, in folder: RunFolder, keepsAll: Bool) throws {
        let names = Set(run.supports.compactMap(\.className))
        export = try PredictionExport(formats, tolerance: tolerance, className: names.count == 1 ? names.first : nil)
        self.folder = folder
        self.keepsAll = keepsAll
        hasFew = run.queries.count <= Self.mostRows
    }

    /// Takes a photo's record.
    mutating func add(_ record: PredictionRecord) {
        if keepsAll || hasFew { rows.append(record) }
        if let error = record.error, failures.count < Self.mostFailures { failures.append(error) }
        guard !export.formats.isEmpty, exportFailure == nil else { return }
        do { try exporter(of: folder.url).add(record) } catch { exportFailure = error }
    }

    /// The export, begun with the first photo.
    private mutating func exporter(of folder: URL) throws -> PredictionExportWriter {
        if let exporter { return exporter }
        let made = try export.writer(in: folder)
        exporter = made
        return made
    }

    /// Ends exports and prints everything.
    mutating func print(_ summary: PredictionSummary, on console: Console) throws {
        if let exportFailure { throw exportFailure }
        let exports = try exporter(of: folder.url).finish()
        if hasFew {
            var table = TextTable(["query", "object", "things", "mask"])
            for row in rows {
                let share = row.share.map { "\(($0 * 100).rounded(to: 1)) %" } ?? "-"
                table.add([row.query, share, row.instances.map { "\($0.count)" } ?? "-", row.mask ?? "failed"])
            }
            console.table(table)
        }
        summary.lines.forEach { console.line($0) }
        exports.forEach { console.line($0.line) }
        console.line("Results: \(folder.url.path)")
        try console.emit(
            Output(folder: folder.url.path, remarks: remarks, results: rows, summary: summary, exports: exports))
        for failure in failures { Console.standardError("Error: \(failure)") }
        if summary.failed > failures.count {
            Console.standardError("Error: \(summary.failed - failures.count) more photos failed, see results.jsonl")
        }
        if summary.failed > 0 { throw ExitCode(1) }
    }
}
