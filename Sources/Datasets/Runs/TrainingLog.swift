public import Foundation
public import TensorCore

/// `metrics.csv` of a training: a row a step.
public final class TrainingLog {
    private let log: StepLog
    private let metrics: [String]
    private let elapsedBefore: Double
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    /// Opens the log.
    ///
    /// - Parameters:
    ///   - url: the file.
    ///   - metrics: the learner's figures to keep, by their name in `TrainingProgress.metrics`.
    ///   - step: rows of later steps are removed; 0 for a new file.
    /// - Throws: ``RunError`` for a file that cannot be read, ``DatasetError`` for one that cannot be written.
    public init(_ url: URL, metrics: [String] = [], upTo step: Int) throws {
        self.metrics = metrics
        log = try StepLog(
            url, header: ["step", "loss", "learning_rate", "gradient_norm"] + metrics + ["seconds"], upTo: step)
        elapsedBefore = log.kept.last?.last.flatMap { Double($0) } ?? 0
        start = clock.now
    }

    /// Adds a step.
    public func append(_ progress: TrainingProgress) throws {
        let seconds = elapsedBefore + (clock.now - start) / .seconds(1)
        let figures =
            [progress.loss, progress.learningRate, progress.gradientNorm] + metrics.map { progress.metrics[$0] ?? .nan }
        try log.append([String(progress.step)] + figures.map { String($0) } + [seconds.rounded(to: 2)])
    }
}

/// A CSV file that grows by a row a step, and from which a resumed run removes what it will do again.
public final class StepLog {
    private let handle: FileHandle
    /// The rows that were kept, as fields.
    public let kept: [[String]]

    /// Opens the log.
    ///
    /// - Parameters:
    ///   - url: the file.
    ///   - header: the names of the columns; the first one is the step.
    ///   - step: rows of later steps are removed; 0 for a new file.
    /// - Throws: ``RunError`` for a file that cannot be read, ``DatasetError`` for one that cannot be written.
    public init(_ url: URL, header: [String], upTo step: Int) throws {
        let text = step > 0 ? try Self.text(of: url) : ""
        let rows = text.split(whereSeparator: \.isNewline).dropFirst().map { $0.split(separator: ",").map(String.init) }
        kept = rows.filter { row in row.count == header.count && (Int(row[0]).map { $0 <= step } ?? false) }
        try TextFile.writeCSV(header: header, rows: kept, to: url)
        handle = try FileHandle(forWritingTo: url)
        try handle.seekToEnd()
    }

    deinit { try? handle.close() }

    /// What the earlier run wrote; nothing where the file is gone.
    private static func text(of url: URL) throws(RunError) -> String {
        guard FileManager.default.fileExists(atPath: url.path) else { return "" }
        do {
            return try String(contentsOf: url, encoding: .utf8)
        } catch {
            throw .file(
                url.path, found: "no text that can be read (\(error.localizedDescription))",
                expected: "the steps of the run that is continued", advice: "restore it, or move it away to begin a new one")
        }
    }

    /// Adds a row.
    public func append(_ row: [String]) throws { try handle.write(contentsOf: Data((row.joined(separator: ",") + "\n").utf8)) }
}
