/// The scores of one evaluation.
public struct EvaluationResult: Sendable, Equatable, Codable {
    /// The scores of one class.
    public struct ClassResult: Sendable, Equatable, Codable {
        /// The class.
        public var classID: Int
        /// Its name.
        public var name: String
        /// Foreground IoU over its episodes, 0...1; nil, in JSON null, for a class that no episode asked for.
        public var iou: Double?
        /// Episodes that asked for the class.
        public var episodes: Int
        /// Summed pixels of the object that were found.
        public var intersection: UInt64
        /// Summed pixels of object or prediction.
        public var union: UInt64

        /// Writes every key, so that an absent score is null and not a missing key.
        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(classID, forKey: .classID)
            try values.encode(name, forKey: .name)
            try values.encode(iou, forKey: .iou)
            try values.encode(episodes, forKey: .episodes)
            try values.encode(intersection, forKey: .intersection)
            try values.encode(union, forKey: .union)
        }
    }

    /// Mean foreground IoU over the classes that an episode asked for, 0...1.
    public var meanIoU: Double
    /// Mean of foreground and background IoU, 0...1.
    public var foregroundBackgroundIoU: Double
    /// The 95 % bootstrap interval of ``meanIoU`` over episodes, nil when there are none.
    public var meanIoUInterval: ConfidenceInterval?
    /// The 95 % bootstrap interval of ``foregroundBackgroundIoU`` over episodes, nil when there are none.
    public var foregroundBackgroundIoUInterval: ConfidenceInterval?
    /// One row per class, in the order of the dataset.
    public var classes: [ClassResult]
    /// The number of episodes.
    public var episodeCount: Int
    /// The digest of the list that the episodes were drawn from.
    public var listHash: String
    /// The digest of the episodes, ``EpisodeReference/hash(of:)``.
    public var episodeHash: String
    /// The scores of a protocol's repeats one by one; nil for a single one.
    public var repeats: RepeatScores?
    /// What whoever reads the numbers should know, such as absent classes; nil for nothing.
    public var remarks: [String]?
    /// The counts of every episode in order. They are no part of the JSON form, see ``ResultFiles``.
    public var scores: [EpisodeScore] = []

    private enum CodingKeys: String, CodingKey {
        case meanIoU, foregroundBackgroundIoU, meanIoUInterval, foregroundBackgroundIoUInterval
        case classes, episodeCount, listHash, episodeHash, repeats, remarks
    }

    /// Sums up scores.
    ///
    /// - Parameters:
    ///   - scores: the counts of the episodes, in their order.
    ///   - episodes: the episodes that were evaluated.
    ///   - dataset: names the classes and the list.
    ///   - resamples: bootstrap resamples, 0 for no intervals.
    /// - Throws: ``DatasetError`` for a score of a class that the dataset does not have.
    public init(
        scores: [EpisodeScore], episodes: [EpisodeReference], dataset: any FewShotDataset, resamples: Int = 1000
    ) throws(DatasetError) {
        let classIDs = dataset.classes.map(\.id)
        var metrics = FewShotMetrics(classIDs: classIDs)
        for score in scores { try metrics.add(score) }
        let intervals = Bootstrap.intervals(of: scores, resamples: resamples, seed: 0)
        meanIoU = metrics.meanIoU
        foregroundBackgroundIoU = metrics.foregroundBackgroundIoU
        meanIoUInterval = intervals?.meanIoU
        foregroundBackgroundIoUInterval = intervals?.foregroundBackgroundIoU
        classes = dataset.classes.map { item in
            let totals = metrics.totals(ofClass: item.id)
            return ClassResult(
                classID: item.id, name: item.name, iou: metrics.iou(ofClass: item.id), episodes: totals.episodes,
                intersection: totals.foreground.intersection, union: totals.foreground.union)
        }
        episodeCount = scores.count
        listHash = dataset.listHash
        episodeHash = EpisodeReference.hash(of: episodes)
        remarks = dataset.absenceRemark(asking: scores.map(\.classID)).map { [$0] }
        self.scores = scores
    }
}

extension FewShotDataset {
    /// A remark about the classes that no episode asks for; nil when all are asked for.
    ///
    /// - Parameter asked: the classes of the episodes.
    public func absenceRemark(asking asked: some Sequence<Int>) -> String? {
        let asked = Set(asked)
        let absent = classes.filter { !asked.contains($0.id) }.map(\.name)
        if absent.isEmpty { return nil }
        return "no episode asks for \(absent.joined(separator: ", ")): without a score, and left out of every mean"
    }
}
