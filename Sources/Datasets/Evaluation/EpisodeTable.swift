public import Foundation
internal import TensorCore

/// `episodes.csv`: what was asked, and the counts of the answers.
public struct EpisodeTable: Sendable, Equatable {
    /// The counts in the order of the episodes.
    public let scores: [EpisodeScore]
    /// The digest of the episodes, as ``EpisodeReference/hash(of:)`` has it.
    public let episodeHash: String

    /// The columns.
    static let header =
        ["episode", "query", "class", "supports", "foreground_iou", "background_iou"] + countColumns

    private static let countColumns = [
        "foreground_intersection", "foreground_union", "background_intersection", "background_union",
    ]

    /// The row of an episode.
    static func row(_ index: Int, _ reference: EpisodeReference, _ score: EpisodeScore) -> [String] {
        let asked = [String(index), reference.query, String(reference.classID), reference.supports.joined(separator: " ")]
        let counts = [
            score.foreground.intersection, score.foreground.union, score.background.intersection, score.background.union,
        ]
        return asked + [score.foreground.ratio, score.background.ratio].map { String($0) } + counts.map { String($0) }
    }

    /// Reads a table.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be read, one without counts, and a row that is none.
    public init(contentsOf url: URL) throws(DatasetError) {
        let expected = "the episodes of an evaluation"
        let text = try TextFile.read(url, expected: expected)
        let rows = try CSVText.rows(text, separator: ",", file: url.path)
        guard let names = rows.first?.fields, names == Self.header else {
            throw DatasetError(
                file: url.path, place: "line 1",
                found: rows.first.map { "the columns \($0.fields.joined(separator: ", "))" } ?? "nothing",
                expected: "those of \(expected) with counts (\(Self.countColumns.joined(separator: ", ")))",
                advice: "evaluate again with this version")
        }
        var lines: [String] = []
        var scores: [EpisodeScore] = []
        for (line, fields) in rows.dropFirst() {
            let counts = fields.suffix(Self.countColumns.count).compactMap { UInt64($0) }
            guard fields.count == names.count, counts.count == Self.countColumns.count, let classID = Int(fields[2]),
                counts[0] <= counts[1], counts[2] <= counts[3]
            else {
                throw DatasetError(
                    file: url.path, place: "line \(line)", found: "a row that is no episode", expected: "the columns of line 1",
                    advice: "evaluate again")
            }
            lines.append([fields[1], fields[2], fields[3]].filter { !$0.isEmpty }.joined(separator: " "))
            scores.append(
                EpisodeScore(
                    classID: classID, foreground: IoUCounts(intersection: counts[0], union: counts[1]),
                    background: IoUCounts(intersection: counts[2], union: counts[3])))
        }
        self.scores = scores
        episodeHash = SHA256.hex(lines.joined(separator: "\n"))
    }
}
