internal import TensorCore

/// A range of values.
public struct ConfidenceInterval: Sendable, Hashable, Codable {
    /// The lower end.
    public var lower: Double
    /// The upper end.
    public var upper: Double

    /// A range.
    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

/// The 95 % intervals of an evaluation's scores.
public struct ScoreIntervals: Sendable, Hashable, Codable {
    /// Of the mean IoU.
    public var meanIoU: ConfidenceInterval
    /// Of the foreground-background IoU.
    public var foregroundBackgroundIoU: ConfidenceInterval
    /// Of the mean boundary IoU; nil where bands were not counted.
    public var boundaryIoU: ConfidenceInterval?
}

/// Percentile bootstrap over episodes.
///
/// Episodes are drawn with replacement within each class, because the number of episodes of a class is part of the
/// protocol and not chance.
enum Bootstrap {
    /// The 95 % intervals of mIoU and FB-IoU, nil without scores or resamples.
    ///
    /// The mean is over the classes that have scores, as ``FewShotMetrics/meanIoU`` has it.
    static func intervals(
        of scores: [EpisodeScore], resamples: Int, seed: UInt64
    ) -> ScoreIntervals? {
        guard let samples = PairedBootstrap([[scores]], resamples: resamples, seed: seed) else { return nil }
        return samples.intervals(ofRun: 0)
    }
}

/// Percentile bootstrap of several runs over the same episodes, those without the class left out.
///
/// A resample draws episodes, with replacement within each class of each fold, and takes every run's answer to them: what is hard about
/// an episode is hard for all runs, so that a difference is known better than either score.
public struct PairedBootstrap: Sendable {
    /// By run, then by resample: the means over folds.
    private let samples: [[MeanScore]]

    /// Draws resamples.
    ///
    /// - Parameters:
    ///   - folds: the scores by fold, then by run, in the order of the episodes.
    ///   - resamples: their number.
    ///   - seed: of the draws.
    /// - Returns: nil without resamples, without folds, for a fold without episodes, and where runs did not answer the same classes.
    public init?(_ folds: [[[EpisodeScore]]], resamples: Int = 1000, seed: UInt64 = 0) {
        guard let runs = folds.first?.count, runs > 0, resamples > 0 else { return nil }
        let folds = folds.map { $0.map { $0.filter(\.isPresent) } }
        for fold in folds {
            guard fold.count == runs, let classes = fold.first?.map(\.classID), !classes.isEmpty else { return nil }
            guard fold.allSatisfy({ $0.map(\.classID) == classes }) else { return nil }
        }
        let groups = folds.map { fold in
            let places = fold[0].indices
            let byClass = Dictionary(grouping: places) { fold[0][$0].classID }.sorted { $0.key < $1.key }.map(\.value)
            return byClass.map { places in fold.map { scores in places.map { scores[$0] } } }
        }
        var random = NumPyRandom(seed: seed)
        var samples = Array(repeating: [MeanScore](), count: runs)
        for _ in 0..<resamples {
            let scores = groups.map { Self.resample($0, runs: runs, &random) }
            for run in 0..<runs { samples[run].append(MeanScore(mean: scores.map { $0[run] })) }
        }
        self.samples = samples
    }

    /// One resample of a fold.
    ///
    /// - Parameter classes: by class, then by run.
    private static func resample(_ classes: [[[EpisodeScore]]], runs: Int, _ random: inout NumPyRandom) -> [MeanScore] {
        var ratios = Array(repeating: 0.0, count: runs)
        var foreground = Array(repeating: IoUCounts(), count: runs)
        var background = foreground
        // Of the classes together; nil for a run without them.
        var bands = (0..<runs).map { run in classes.allSatisfy { $0[run].allSatisfy { $0.boundary != nil } } ? 0.0 : nil }
        for group in classes {
            var own = Array(repeating: IoUCounts(), count: runs)
            var ownBands = own
            for _ in group[0] {
                let place = random.interval(group[0].count - 1)
                for run in 0..<runs {
                    own[run] += group[run][place].foreground
                    background[run] += group[run][place].background
                    if let counts = group[run][place].boundary { ownBands[run] += counts }
                }
            }
            for run in 0..<runs {
                ratios[run] += own[run].ratio
                foreground[run] += own[run]
                bands[run] = bands[run].map { $0 + ownBands[run].ratio }
            }
        }
        return (0..<runs).map { run in
            MeanScore(
                meanIoU: ratios[run] / Double(classes.count),
                foregroundBackgroundIoU: (foreground[run].ratio + background[run].ratio) / 2,
                boundaryIoU: bands[run].map { $0 / Double(classes.count) })
        }
    }

    /// The 95 % intervals of a run's scores.
    public func intervals(ofRun run: Int) -> ScoreIntervals { Self.intervals(samples[run]) }

    /// The 95 % intervals of a run's scores less those of another.
    public func differences(ofRun run: Int, to other: Int) -> ScoreIntervals {
        Self.intervals(zip(samples[run], samples[other]).map { $0 - $1 })
    }

    private static func intervals(_ scores: [MeanScore]) -> ScoreIntervals {
        let bands = scores.compactMap(\.boundaryIoU)
        return ScoreIntervals(
            meanIoU: interval(scores.map(\.meanIoU)),
            foregroundBackgroundIoU: interval(scores.map(\.foregroundBackgroundIoU)),
            boundaryIoU: bands.count == scores.count ? interval(bands) : nil)
    }

    private static func interval(_ values: [Double]) -> ConfidenceInterval {
        let sorted = values.sorted()
        return ConfidenceInterval(lower: percentile(sorted, 0.025), upper: percentile(sorted, 0.975))
    }

    /// With linear interpolation between neighbours.
    private static func percentile(_ sorted: [Double], _ fraction: Double) -> Double {
        let place = fraction * Double(sorted.count - 1)
        let lower = Int(place)
        let upper = min(lower + 1, sorted.count - 1)
        let weight = place - Double(lower)
        return sorted[lower] * (1 - weight) + sorted[upper] * weight
    }
}
