public import Datasets
public import TensorCore

extension PriorBaseline {
    /// The baseline with the threshold that segments given episodes best; these must be of base classes.
    ///
    /// Similarities are counted in bins of 0.01, and the bin's lower end with the highest mean IoU over the classes wins.
    ///
    /// - Parameters:
    ///   - episodes: of base classes.
    ///   - loader: loads them.
    ///   - communicator: who shares the work; all get the same threshold.
    ///   - observe: called at rank 0 after every episode; an error that it throws ends the search.
    /// - Throws: `CancellationError` when the task was cancelled; `ImageError` and `DatasetError` of the data.
    public func fitted(
        to episodes: [EpisodeReference], loader: EpisodeLoader, sharedBy communicator: any Communicator = SingleProcess(),
        observe: @escaping (WorkProgress) throws -> Void = { _ in }
    ) async throws -> PriorBaseline {
        var counts: [Int: SimilarityCounts] = [:]
        var done = 0
        let clock = WorkClock(total: episodes.count)
        try await SharedWork(communicator, count: episodes.count).run(episodes.count) { block, found in
            try await count(Array(episodes[block]), from: block.lowerBound, loader, found)
        } deliver: { (place: Int, own: SimilarityCounts) in
            counts[episodes[place].classID, default: SimilarityCounts()].add(own)
            done += 1
            try observe(clock.progress(done))
        } isDone: {
            done == episodes.count
        }
        let classes = counts.keys.sorted().compactMap { counts[$0] }
        return thresholded(at: try communicator.shared(SimilarityCounts.bestThreshold(classes)))
    }

    private func count(
        _ episodes: [EpisodeReference], from place: Int, _ loader: EpisodeLoader,
        _ found: (Int, SimilarityCounts) throws -> Void
    ) async throws {
        try await loader.loading(episodes) { first, batch in
            for (offset, loaded) in batch.enumerated() {
                var counts = SimilarityCounts()
                counts.add(try similarities(loaded.episode), truth: loaded.truth)
                try found(place + first + offset, counts)
            }
        }
    }
}

/// How often each similarity occurs on the object of one class and beside it.
struct SimilarityCounts: Codable {
    private static let step: Float = 0.01
    /// Similarities lie in -2...2: differences of two cosines.
    private static let half = 200
    private var object = [UInt64](repeating: 0, count: 2 * half + 1)
    private var rest = [UInt64](repeating: 0, count: 2 * half + 1)

    mutating func add(_ map: ScalarMap, truth: ClassMask) {
        let void = truth.void?.values
        for (pixel, value) in map.values.enumerated() where value.isFinite && !(void?[pixel] ?? false) {
            let bin = Int((value / Self.step).rounded(.down)) + Self.half
            let index = min(max(bin, 0), 2 * Self.half)
            if truth.object.values[pixel] { object[index] += 1 } else { rest[index] += 1 }
        }
    }

    /// Adds the counts of other episodes.
    mutating func add(_ other: SimilarityCounts) {
        for bin in object.indices {
            object[bin] += other.object[bin]
            rest[bin] += other.rest[bin]
        }
    }

    static func bestThreshold(_ classes: [SimilarityCounts]) -> Float {
        let scores = (0...(2 * half)).map { bin in classes.reduce(0) { $0 + $1.ratio(from: bin) } }
        let best = scores.indices.max { scores[$0] < scores[$1] } ?? half
        return Float(best - half) * step
    }

    /// The IoU when everything from a bin on is foreground.
    private func ratio(from bin: Int) -> Double {
        let found = object[bin...].reduce(0, +)
        let union = object.reduce(0, +) + rest[bin...].reduce(0, +)
        return Double(found) / Double(max(union, 1))
    }
}
