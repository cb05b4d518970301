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
    static let ahead = 2

    /// Does all photos that are not done, and sums up. The summary is written however it ends.
    func segmented(
        by work: PredictionWork, _ only: QueryContent?, _ ranks: RunRanks, since start: Date, _ observe: @escaping RunObserver,
        _ each: (PredictionRecord) -> Void
    ) async throws -> PredictionSummary {
        var summary = PredictionSummary(photos: queries.count, concepts: work.isNamed ? work.finder.names : [], overlap: overlap)
        let began = Date()
        var count = 0
        func end(_ status: String) throws {
            (summary.status, summary.seconds) = (status, Date().timeIntervalSince(start))
            summary.photosPerSecond = count > 0 ? Double(count) / max(Date().timeIntervalSince(began), 1e-9) : 0
            if ranks.isFirst { try TextFile.writeJSON(summary, to: work.folder.file(PredictionSummary.fileName)) }
        }
        do {
            func take(_ record: PredictionRecord, _ isEarlier: Bool) {
                summary.add(record, isEarlier: isEarlier)
                if !isEarlier { count += 1 }
                each(record)
            }
            if let video {
                try await segmentFrames(by: work, video, only, observe, take)
            } else if ranks.count > 1 {
                try await segment(by: work, only, sharedBy: ranks, observe, take)
            } else {
                try await segment(by: work, only, observe, take)
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

    /// The same by several ranks: each takes the next photo that nobody has, the first one keeps the log.
    private func segment(
        by work: PredictionWork, _ only: QueryContent?, sharedBy ranks: RunRanks, _ observe: @escaping RunObserver,
        _ each: (PredictionRecord, Bool) -> Void
    ) async throws {
        let log = ranks.isFirst ? try RecordLog<PredictionRecord>(work.folder.file(Self.recordsName)) : nil
        let done = try ranks.communicator.shared(earlier?.done(log?.records ?? [], of: queries, in: work.folder.url) ?? [:])
        let open = queries.filter { done[$0.name] == nil }
        let clock = RunClock("segmenting", total: queries.count, from: done.count)
        var found: [String: PredictionRecord] = [:]
        try await SharedWork(ranks.communicator, blockSize: 1, count: open.count).run(open.count) { block, deliver in
            for place in block {
                try Task.checkCancellation()
                let content = Result { try only ?? QueryContent(open[place].url) }
                try deliver(place, try work.record(open[place], content))
            }
        } deliver: { (place: Int, record: PredictionRecord) in
            try log?.append(record)
            found[open[place].name] = record
            observe(.progress(clock.progress(done.count + found.count)))
        } isDone: {
            found.count == open.count
        }
        guard ranks.isFirst else { return }
        for query in queries {
            if let record = done[query.name] { each(record, true) }
            if let record = found[query.name] { each(record, false) }
        }
    }
}
