internal import Datasets
internal import Foundation
internal import TensorCore

extension PredictionRun {
    /// Frames one after the other, each with the one before. What an earlier part of the run did stays where the frames before it are the
    /// same; a frame that failed then and can be read now changes those after it.
    func segmentFrames(
        by work: PredictionWork, _ tracking: VideoTracking, _ only: QueryContent?, _ observe: RunObserver,
        _ each: (PredictionRecord, Bool) -> Void
    ) async throws {
        let log = try RecordLog<PredictionRecord>(work.folder.file(Self.recordsName), keepsAdded: false)
        let done = earlier?.done(log.records, of: queries, in: work.folder.url) ?? [:]
        let open = queries.filter { done[$0.name] == nil }
        let photos = PrefetchSequence(count: open.count, workers: 1, ahead: Self.ahead) { position in
            try only ?? QueryContent(open[position].url)
        }
        var chain = FrameChain(tracking, threshold: threshold)
        var clock: RunClock?
        var iterator = photos.makeAsyncIterator()
        for (place, query) in queries.enumerated() {
            if let record = done[query.name], chain.continues(with: record, in: work.folder.url) {
                chain.add(record, at: query.url, nil)
                each(record, true)
                continue
            }
            let content: Result<QueryContent, any Error>
            if done[query.name] == nil {
                guard let next = try await iterator.next() else { break }
                content = next.result
            } else {
                content = Result { try QueryContent(query.url) }
            }
            if clock == nil { clock = RunClock("segmenting", total: queries.count, from: place) }
            let finder = try chain.before(work.finder.names.count, in: work.folder.url).map(work.finder.following)
            let record = try work.record(query, content, by: finder, after: chain.link)
            try log.append(record)
            // Of a frame that could not be read the record says why.
            chain.add(record, at: query.url, try? content.get().image)
            each(record, false)
            if let clock { observe(.progress(clock.progress(place + 1))) }
        }
    }

    /// - Throws: `RunError` for what a run over frames cannot do.
    func checkVideo(_ ranks: RunRanks) throws(RunError) {
        guard let video else { return }
        guard (0...1).contains(video.leastPresence) else {
            throw .setting("video-presence", found: "\(video.leastPresence)", expected: "0...1")
        }
        guard !explains, !figures else {
            throw .conflict("--explain and --figures draw photos that stand alone: leave them out, or --video.")
        }
        guard ranks.count == 1 else {
            throw .conflict(
                "--video: each frame waits for the one before, and \(ranks.count) ranks cannot share them; start one.")
        }
    }
}
