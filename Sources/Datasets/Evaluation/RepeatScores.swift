/// The scores of a protocol's repeats one by one: what BAM's table has as the mean over five seeds.
///
/// ``EvaluationResult/meanIoU`` adds the counts of all repeats up; the mean of the repeats' own scores differs from it a little.
public struct RepeatScores: Sendable, Equatable, Codable {
    /// One score in every repeat.
    public struct Series: Sendable, Equatable, Codable {
        /// In the order of the seeds, 0...1.
        public var values: [Double]
        /// Their mean.
        public var mean: Double
        /// Their standard deviation, with n - 1.
        public var deviation: Double

        /// Sums up values, two at least.
        init(_ values: [Double]) {
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            self.values = values
            self.mean = mean
            deviation = (squares / (count - 1)).squareRoot()
        }
    }

    /// Mean IoU.
    public var meanIoU: Series
    /// The mean of foreground and background IoU.
    public var foregroundBackgroundIoU: Series

    /// Takes the scores of an evaluation apart.
    ///
    /// - Parameters:
    ///   - scores: of all episodes, repeat by repeat, as ``EvaluationProtocol/draw(from:shots:)`` has them.
    ///   - repeats: how many; each has as many episodes.
    ///   - classIDs: the classes of the dataset.
    /// - Returns: nil for a single repeat, and for scores that are not as many in each.
    /// - Throws: ``DatasetError`` for a score of another class.
    public init?(_ scores: [EpisodeScore], repeats: Int, classIDs: [Int]) throws(DatasetError) {
        guard repeats > 1, !scores.isEmpty, scores.count % repeats == 0 else { return nil }
        let count = scores.count / repeats
        var metrics: [FewShotMetrics] = []
        for index in 0..<repeats {
            var own = FewShotMetrics(classIDs: classIDs)
            for score in scores[(index * count)..<((index + 1) * count)] { try own.add(score) }
            metrics.append(own)
        }
        meanIoU = Series(metrics.map(\.meanIoU))
        foregroundBackgroundIoU = Series(metrics.map(\.foregroundBackgroundIoU))
    }
}
