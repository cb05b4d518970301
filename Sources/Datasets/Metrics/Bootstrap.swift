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
    ) -> (meanIoU: ConfidenceInterval, foregroundBackgroundIoU: ConfidenceInterval)? {
        guard !scores.isEmpty && resamples > 0 else { return nil }
        let groups = Dictionary(grouping: scores, by: \.classID).sorted { $0.key < $1.key }.map(\.value)
        var random = NumPyRandom(seed: seed)
        var means: [Double] = []
        var pairs: [Double] = []
        for _ in 0..<resamples {
            var ratios = 0.0
            var (foreground, background) = (IoUCounts(), IoUCounts())
            for group in groups {
                var own = IoUCounts()
                for _ in group {
                    let score = group[random.interval(group.count - 1)]
                    own += score.foreground
                    background += score.background
                }
                ratios += own.ratio
                foreground += own
            }
            means.append(ratios / Double(groups.count))
            pairs.append((foreground.ratio + background.ratio) / 2)
        }
        return (interval(means.sorted()), interval(pairs.sorted()))
    }

    private static func interval(_ sorted: [Double]) -> ConfidenceInterval {
        ConfidenceInterval(lower: percentile(sorted, 0.025), upper: percentile(sorted, 0.975))
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
