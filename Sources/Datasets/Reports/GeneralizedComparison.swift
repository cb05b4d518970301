public import Foundation

/// Scorings of generalized few-shot segmentation side by side: what each gives, and how far it is from the first over folds and seeds.
///
/// A fold with a seed is one pair, as both learned from the same supports and were asked about the same images; intervals are those of
/// the mean over pairs, by Student's t.
public struct GeneralizedComparison: Codable, Sendable, Equatable {
    /// One kind of score, such as the harmonic mean.
    public struct Row: Codable, Sendable, Equatable {
        /// Of ``GeneralizedScores/titles``.
        public var score: String
        /// Whether background is a base class.
        public var withBackground: Bool
        /// The mean over folds and seeds, run by run, 0...1; nil where classes do not occur.
        public var means: [Double?]
        /// The difference to the first run with its 95 % interval, run by run; nil for the first, and where one of both has no score.
        public var differences: [MeanInterval?]
    }

    /// The folders.
    public var runs: [String]
    /// Folds and seeds that stand behind every number.
    public var pairs: Int
    /// With background, then without; in the order of ``GeneralizedScores/titles``.
    public var rows: [Row]
    /// What whoever reads the numbers should know.
    public var remarks: [String]

    /// Compares scorings.
    ///
    /// - Parameter reports: two or more with their folders; differences are to the first.
    /// - Throws: ``ComparisonRefusal`` for scorings that do not compare, ``RunError`` for fewer than two, a repeated one, and for parts.
    public init(_ reports: [(path: String, report: GeneralizedReport)]) throws {
        let paths = reports.map(\.path)
        guard paths.count > 1, Set(paths).count == paths.count else {
            throw RunError.conflict(
                "found \(paths.count) runs (\(paths.joined(separator: ", "))); compare two or more different ones.")
        }
        if let part = reports.first(where: { $0.report.isPartial || !$0.report.problems.isEmpty }) {
            throw RunError.conflict("\(part.path) has not scored all images; merge its parts, or score it again.")
        }
        if let refusal = ComparisonRefusal(paths, reports.map(\.report.protocolFields)) { throw refusal }
        runs = paths
        let all = reports.map(\.report.runs)
        pairs = all[0].count
        rows = [true, false].flatMap { withBackground in
            GeneralizedScores.titles.enumerated().map { place, title in
                let values = all.map { runs in
                    runs.map { (withBackground ? $0.withBackground : $0.withoutBackground).all[place] }
                }
                return Row(score: title, withBackground: withBackground, values)
            }
        }
        remarks = pairs == 1 ? ["one fold with one seed: differences have no interval"] : []
    }

    /// Reads folders of `fss gfss score`, `evaluate` or `merge`, and compares them.
    ///
    /// - Throws: as ``init(_:)`` and ``GeneralizedReport/init(contentsOf:)``.
    public init(contentsOf paths: [String]) throws {
        try self.init(paths.map { ($0, try GeneralizedReport(contentsOf: URL(fileURLWithPath: $0))) })
    }

    /// Whether a folder is a scoring of generalized few-shot segmentation, as its manifest says.
    public static func isScoring(_ folder: URL) -> Bool {
        struct Head: Decodable { var command: String }
        let file = folder.appendingPathComponent(RunFolder.manifestName)
        guard let text = try? TextFile.read(file, expected: "a manifest") else { return false }
        return (try? RunJSON.decode(Head.self, from: Data(text.utf8)))?.command.hasPrefix("gfss ") ?? false
    }
}

extension GeneralizedComparison.Row {
    /// Sums up one score, run by run and pair by pair.
    fileprivate init(score: String, withBackground: Bool, _ values: [[Double?]]) {
        (self.score, self.withBackground) = (score, withBackground)
        func known(_ values: [Double?]) -> [Double]? {
            let found = values.compactMap(\.self)
            return found.count == values.count ? found : nil
        }
        means = values.map { known($0).flatMap { MeanInterval($0)?.mean } }
        differences = values.enumerated().map { index, own in
            guard index > 0, let first = known(values[0]), let own = known(own) else { return nil }
            return MeanInterval(zip(own, first).map { $0 - $1 })
        }
    }
}
