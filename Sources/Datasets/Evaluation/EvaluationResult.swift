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
        /// Boundary IoU over its episodes, 0...1; nil where it was not counted, and for a class that no episode asked for.
        public var boundaryIoU: Double?

        /// Writes every key, so that an absent score is null and not a missing key.
        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(classID, forKey: .classID)
            try values.encode(name, forKey: .name)
            try values.encode(iou, forKey: .iou)
            try values.encode(episodes, forKey: .episodes)
            try values.encode(intersection, forKey: .intersection)
            try values.encode(union, forKey: .union)
            try values.encode(boundaryIoU, forKey: .boundaryIoU)
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
    /// Mean boundary IoU over the same classes, 0...1; nil where bands were not counted.
    public var boundaryIoU: Double?
    /// The 95 % bootstrap interval of ``boundaryIoU`` over episodes, nil where there is none.
    public var boundaryIoUInterval: ConfidenceInterval?
    /// How well the class is told to be absent; nil without episodes whose query does not hold it.
    public var presence: PresenceResult?
    /// One row per class, in the order of the dataset.
    public var classes: [ClassResult]
    /// The number of episodes, those whose query does not hold the class left out: ``presence`` counts them.
    public var episodeCount: Int
    /// The digest of the list that the episodes were drawn from.
    public var listHash: String
    /// The digest of the same episodes, ``EpisodeReference/hash(of:)``.
    public var episodeHash: String
    /// The scores of a protocol's repeats one by one; nil for a single one.
    public var repeats: RepeatScores?
    /// What whoever reads the numbers should know, such as absent classes; nil for nothing.
    public var remarks: [String]?
    /// The counts of every episode in order. They are no part of the JSON form, see ``ResultFiles``.
    public var scores: [EpisodeScore] = []

    private enum CodingKeys: String, CodingKey {
        case meanIoU, foregroundBackgroundIoU, meanIoUInterval, foregroundBackgroundIoUInterval, boundaryIoU
        case boundaryIoUInterval, presence
        case classes, episodeCount, listHash, episodeHash, repeats, remarks
    }

    /// Sums up scores. Episodes whose query does not hold the class count in ``presence`` alone.
    ///
    /// - Parameters:
    ///   - scores: the counts of the episodes, in their order.
    ///   - episodes: the episodes that were evaluated.
    ///   - dataset: names the classes and the list.
    ///   - resamples: bootstrap resamples, 0 for no intervals.
    ///   - threshold: from which presence score on the class is said to be there.
    ///   - presence: how these scores came about.
    /// - Throws: ``DatasetError`` for a score of a class that the dataset does not have, and a presence score that is no number.
    public init(
        scores: [EpisodeScore], episodes: [EpisodeReference], dataset: any FewShotDataset, resamples: Int = 1000,
        threshold: Float = 0.5, presence: PresenceScore = .standard
    ) throws(DatasetError) {
        let classIDs = dataset.classes.map(\.id)
        let present = scores.filter(\.isPresent)
        var metrics = FewShotMetrics(classIDs: classIDs)
        var bands = BoundaryMetrics(classIDs: classIDs)
        for score in present {
            try metrics.add(score)
            if let counts = score.boundary { try bands.add(counts, classID: score.classID) }
        }
        let hasBands = !present.isEmpty && present.allSatisfy { $0.boundary != nil }
        let intervals = Bootstrap.intervals(of: present, resamples: resamples, seed: 0)
        meanIoU = metrics.meanIoU
        foregroundBackgroundIoU = metrics.foregroundBackgroundIoU
        meanIoUInterval = intervals?.meanIoU
        foregroundBackgroundIoUInterval = intervals?.foregroundBackgroundIoU
        boundaryIoU = hasBands ? bands.meanIoU : nil
        boundaryIoUInterval = intervals?.boundaryIoU
        self.presence = try PresenceResult(
            scores, threshold: threshold, score: presence.name,
            episodeHash: EpisodeReference.hash(of: episodes.filter { !$0.holdsClass }))
        classes = dataset.classes.map { item in
            let totals = metrics.totals(ofClass: item.id)
            return ClassResult(
                classID: item.id, name: item.name, iou: metrics.iou(ofClass: item.id), episodes: totals.episodes,
                intersection: totals.foreground.intersection, union: totals.foreground.union,
                boundaryIoU: hasBands ? bands.iou(ofClass: item.id) : nil)
        }
        episodeCount = present.count
        listHash = dataset.listHash
        episodeHash = EpisodeReference.hash(of: episodes.filter(\.holdsClass))
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
