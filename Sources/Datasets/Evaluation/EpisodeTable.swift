public import Foundation
internal import TensorCore

/// `episodes.csv`: what was asked, and the counts of the answers.
public struct EpisodeTable: Sendable, Equatable {
    /// The counts in the order of the episodes, those whose query does not hold the class included.
    public let scores: [EpisodeScore]
    /// The digest of those whose query holds it, as ``EpisodeReference/hash(of:)`` has it.
    public let episodeHash: String

    /// The columns.
    static let header = olderHeader + ["boundary_intersection", "boundary_union", "present", "presence_score"]

    /// Those of versions without boundary IoU and absence.
    private static let olderHeader = asked + ["foreground_iou", "background_iou"] + countColumns
    private static let asked = ["episode", "query", "class", "supports"]
    private static let countColumns = [
        "foreground_intersection", "foreground_union", "background_intersection", "background_union",
    ]

    /// The row of an episode.
    static func row(_ index: Int, _ reference: EpisodeReference, _ score: EpisodeScore) -> [String] {
        let asked = [String(index), reference.query, String(reference.classID), reference.supports.joined(separator: " ")]
        let ratios = [score.foreground.ratio, score.background.ratio].map { String($0) }
        let counts = [score.foreground, score.background].flatMap { [String($0.intersection), String($0.union)] }
        let bands = score.boundary.map { [String($0.intersection), String($0.union)] } ?? ["", ""]
        let presence = score.presence.map { [$0.isPresent ? "1" : "0", String($0.score)] } ?? ["", ""]
        return asked + ratios + counts + bands + presence
    }

    /// Reads a table.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be read, one without counts, and a row that is none.
    public init(contentsOf url: URL) throws(DatasetError) {
        let expected = "the episodes of an evaluation"
        let text = try TextFile.read(url, expected: expected)
        let rows = try CSVText.rows(text, separator: ",", file: url.path)
        guard let names = rows.first?.fields, names == Self.header || names == Self.olderHeader else {
            throw DatasetError(
                file: url.path, place: "line 1",
                found: rows.first.map { "the columns \($0.fields.joined(separator: ", "))" } ?? "nothing",
                expected: "those of \(expected) with counts (\(Self.countColumns.joined(separator: ", ")))",
                advice: "evaluate again with this version")
        }
        var lines: [String] = []
        var scores: [EpisodeScore] = []
        for (line, fields) in rows.dropFirst() {
            guard fields.count == names.count, let score = Self.score(fields) else {
                throw DatasetError(
                    file: url.path, place: "line \(line)", found: "a row that is no episode", expected: "the columns of line 1",
                    advice: "evaluate again")
            }
            if score.isPresent { lines.append(Self.line(fields)) }
            scores.append(score)
        }
        self.scores = scores
        episodeHash = SHA256.hex(lines.joined(separator: "\n"))
    }

    private static func line(_ fields: [String]) -> String {
        [fields[1], fields[2], fields[3]].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The counts of a row; nil for one that is none.
    private static func score(_ fields: [String]) -> EpisodeScore? {
        let first = asked.count + 2
        guard let classID = Int(fields[2]), let foreground = counts(fields, first), let background = counts(fields, first + 2)
        else { return nil }
        var score = EpisodeScore(classID: classID, foreground: foreground, background: background)
        guard fields.count > olderHeader.count else { return score }
        let (bands, presence) = (olderHeader.count, olderHeader.count + 2)
        if !fields[bands].isEmpty {
            guard let counts = counts(fields, bands) else { return nil }
            score.boundary = counts
        }
        if !fields[presence].isEmpty {
            guard ["0", "1"].contains(fields[presence]), let value = Float(fields[presence + 1]), !value.isNaN else { return nil }
            score.presence = PresenceObservation(score: value, isPresent: fields[presence] == "1")
        }
        return score
    }

    private static func counts(_ fields: [String], _ place: Int) -> IoUCounts? {
        guard let both = UInt64(fields[place]), let either = UInt64(fields[place + 1]), both <= either else { return nil }
        return IoUCounts(intersection: both, union: either)
    }
}
