/// How well absence is told, 0...1.
public struct PresenceScores: Sendable, Hashable, Codable {
    /// The area under the receiver operating characteristic: 0.5 is a guess.
    public var areaUnderROC: Double
    /// F1 of "the class is there" at the threshold.
    public var f1: Double
    /// Pixels that are called foreground in queries without the class, of all their pixels.
    public var falseArea: Double

    /// Three numbers.
    public init(areaUnderROC: Double, f1: Double, falseArea: Double) {
        self.areaUnderROC = areaUnderROC
        self.f1 = f1
        self.falseArea = falseArea
    }

    /// How much scores differ from others.
    static func - (scores: PresenceScores, other: PresenceScores) -> PresenceScores {
        PresenceScores(
            areaUnderROC: scores.areaUnderROC - other.areaUnderROC, f1: scores.f1 - other.f1,
            falseArea: scores.falseArea - other.falseArea)
    }

    /// The mean of several folds; nil where one is missing.
    init?(mean scores: [PresenceScores?]) {
        let all = scores.compactMap { $0 }
        guard all.count == scores.count, !all.isEmpty else { return nil }
        self.init(
            areaUnderROC: all.map(\.areaUnderROC).average, f1: all.map(\.f1).average, falseArea: all.map(\.falseArea).average)
    }
}

/// What an evaluation found about absence: the query holds the class in some episodes, and in others it does not.
public struct PresenceResult: Sendable, Hashable, Codable {
    /// The numbers.
    public var scores: PresenceScores
    /// Episodes whose query holds the class.
    public var present: Int
    /// Episodes whose query does not.
    public var absent: Int
    /// The digest of these, `EpisodeReference.hash(of:)`: results compare where it is the same.
    public var episodeHash: String
    /// From which score on the class is said to be there.
    public var threshold: Float
    /// How scores came about, ``PresenceScore/name``.
    public var score: String
    /// Right and wrong decisions.
    public var decisions: PresenceMetrics.Decisions

    /// Sums up episodes; nil without episodes of both kinds.
    ///
    /// - Throws: ``DatasetError`` for a score that is no number.
    init?(_ episodes: [EpisodeScore], threshold: Float, score: String, episodeHash: String) throws(DatasetError) {
        var metrics = PresenceMetrics()
        var (wrong, all): (UInt64, UInt64) = (0, 0)
        for episode in episodes {
            guard let seen = episode.presence else { continue }
            try metrics.add(score: seen.score, isPresent: seen.isPresent)
            if seen.isPresent { continue }
            // Nothing is there: what was found is all of the foreground's union, and the background's union is everything.
            wrong += episode.foreground.union
            all += episode.background.union
        }
        guard let area = metrics.areaUnderROC else { return nil }
        decisions = metrics.decisions(threshold: threshold)
        scores = PresenceScores(
            areaUnderROC: area, f1: decisions.f1 ?? 0, falseArea: Double(wrong) / Double(max(all, 1)))
        (present, absent) = (metrics.presentCount, metrics.absentCount)
        (self.threshold, self.score, self.episodeHash) = (threshold, score, episodeHash)
    }
}
