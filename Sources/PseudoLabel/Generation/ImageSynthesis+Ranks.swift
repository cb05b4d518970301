internal import Datasets
internal import TensorCore

extension ImageSynthesis {
    /// Fills the cache with the images of all banks, by several ranks: each makes the next one that nobody has taken. A process that is
    /// alone makes them when it comes to them.
    ///
    /// An image that could not be made is left to ``run(_:progress:)``, which tries once more and says why.
    ///
    /// - Returns: how many were made.
    /// - Throws: as ``run(_:progress:)``, where ``patience`` images in a row of one rank failed; `CommunicationError`.
    func fill(_ banks: [PromptBank], _ ranks: RunRanks, _ observe: @escaping RunObserver) async throws -> Int {
        guard ranks.count > 1 else { return 0 }
        let all = banks.flatMap(requests)
        let clock = RunClock("images", total: all.count)
        var (done, made, failures) = (0, 0, 0)
        try await SharedWork(ranks.communicator, blockSize: 1, count: all.count).run(all.count) { block, deliver in
            for place in block {
                try Task.checkCancellation()
                let image = try await attempt(all[place], &failures)
                try deliver(place, (try? image.get().isNew) ?? false)
            }
        } deliver: { (_: Int, isNew: Bool) in
            done += 1
            made += isNew ? 1 : 0
            observe(.progress(clock.progress(done)))
        } isDone: {
            done == all.count
        }
        return made
    }
}
