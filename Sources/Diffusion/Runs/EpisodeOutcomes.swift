internal import Datasets
internal import Foundation
internal import TensorCore

/// The episodes of one score as they come, in a log beside it: what an evaluation or a rank that was killed leaves is not done again.
final class EpisodeOutcomes {
    private struct Record: Codable {
        var episode: Int
        var outcome: EpisodeOutcome
    }

    /// What an earlier run left, the same at every rank.
    let known: [Int: EpisodeOutcome]
    /// At the first rank.
    private let log: RecordLog<Record>?
    private let file: URL

    /// Opens the log of a score's folder.
    init(of place: String, in folder: RunFolder, _ ranks: RunRanks) throws {
        file = folder.url.appendingPathComponent("\(place)/outcomes.jsonl")
        log = ranks.isFirst ? try RecordLog(folder.file("\(place)/outcomes.jsonl")) : nil
        let records = try ranks.communicator.shared(log?.records ?? [])
        known = Dictionary(records.map { ($0.episode, $0.outcome) }) { $1 }
    }

    /// Adds an episode.
    func append(_ episode: Int, _ outcome: EpisodeOutcome) throws {
        try log?.append(Record(episode: episode, outcome: outcome))
    }

    /// Ends the log: the score is written. A log that stays costs nothing but its bytes.
    func remove() { try? FileManager.default.removeItem(at: file) }
}

/// The scores of an earlier part of a run, and where new ones go.
struct ScoredCells {
    /// The same at every rank.
    let earlier: [EvaluationCell]
    /// At the first rank.
    let log: RecordLog<EvaluationCell>?

    init(_ name: String, in folder: RunFolder, _ ranks: RunRanks) throws {
        log = ranks.isFirst ? try RecordLog(folder.file(name)) : nil
        earlier = try ranks.communicator.shared(log?.records ?? [])
    }
}
