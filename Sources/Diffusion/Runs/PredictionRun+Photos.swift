internal import Datasets
internal import Foundation
internal import TensorCore

/// A photo that was read.
struct QueryContent: Sendable {
    var image: RGBImage
    var sha256: String

    init(_ url: URL) throws(ImageError) { (image, sha256) = try ImageFile.loadIdentified(url) }
}

extension PredictionRun {
    /// Photos that are read ahead of the one that the model is at.
    private static let ahead = 2

    /// Does all photos that are not done, and sums up. The summary is written however it ends.
    func segmented(
        by work: PredictionWork, _ only: QueryContent?, since start: Date, _ observe: RunObserver,
        _ each: (PredictionRecord) -> Void
    ) async throws -> PredictionSummary {
        var summary = PredictionSummary(photos: queries.count, concepts: concepts.isEmpty ? [] : work.finder.names)
        let began = Date()
        var count = 0
        func end(_ status: String) throws {
            (summary.status, summary.seconds) = (status, Date().timeIntervalSince(start))
            summary.photosPerSecond = count > 0 ? Double(count) / max(Date().timeIntervalSince(began), 1e-9) : 0
            try TextFile.writeJSON(summary, to: work.folder.file(PredictionSummary.fileName))
        }
        do {
            try await segment(by: work, only, observe) { record, isEarlier in
                summary.add(record, isEarlier: isEarlier)
                if !isEarlier { count += 1 }
                each(record)
            }
        } catch {
            // The first error is the one to tell; a disk that is full refuses the summary, too.
            try? end(error is CancellationError ? "interrupted" : "failed")
            throw error
        }
        try end("finished")
        return summary
    }

    private func segment(
        by work: PredictionWork, _ only: QueryContent?, _ observe: RunObserver, _ each: (PredictionRecord, Bool) -> Void
    ) async throws {
        let log = try RecordLog<PredictionRecord>(work.folder.file(Self.recordsName), keepsAdded: false)
        let done = earlier?.done(log.records, of: queries, in: work.folder.url) ?? [:]
        let open = queries.filter { done[$0.name] == nil }
        let clock = RunClock("segmenting", total: queries.count, from: done.count)
        let photos = PrefetchSequence(count: open.count, workers: 1, ahead: Self.ahead) { position in
            try only ?? QueryContent(open[position].url)
        }
        var (iterator, count) = (photos.makeAsyncIterator(), done.count)
        for query in queries {
            if let record = done[query.name] {
                each(record, true)
                continue
            }
            guard let photo = try await iterator.next() else { break }
            let record = try work.record(query, photo.result)
            try log.append(record)
            count += 1
            each(record, false)
            observe(.progress(clock.progress(count)))
        }
    }
}
