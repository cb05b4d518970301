/// A mean over repeats, such as seeds and folds, with its 95 % interval by Student's t.
public struct MeanInterval: Sendable, Hashable, Codable {
    /// Repeats.
    public var count: Int
    /// Their mean.
    public var mean: Double
    /// Where the mean of many repeats lies; nil for a single one.
    public var interval: ConfidenceInterval?

    /// nil for no values.
    public init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        (self.count, self.mean) = (values.count, mean)
        guard values.count > 1 else { return }
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let reach = Self.quantile(values.count - 1) * (variance / count).squareRoot()
        interval = ConfidenceInterval(lower: mean - reach, upper: mean + reach)
    }

    /// The 97.5 % quantiles of Student's t from one degree of freedom on.
    private static let quantiles = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110,
        2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ]

    /// Above the table the normal distribution's, widened by the first term of the expansion in 1/n.
    private static func quantile(_ freedom: Int) -> Double {
        freedom <= quantiles.count ? quantiles[freedom - 1] : 1.96 + 2.37 / Double(freedom)
    }
}
