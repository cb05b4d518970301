/// Whether an episode's query holds the class, and how sure a segmenter was of it.
public struct PresenceObservation: Sendable, Hashable, Codable {
    /// The higher, the surer, by ``PresenceScore``.
    public var score: Float
    /// Whether the class is there.
    public var isPresent: Bool

    /// Joins answer and truth.
    public init(score: Float, isPresent: Bool) {
        self.score = score
        self.isPresent = isPresent
    }
}

/// How well a score tells whether the query holds the class at all.
///
/// Episodes are counted by their score, in whole numbers, so that sums do not depend on order or split.
public struct PresenceMetrics: Sendable, Hashable, Codable {
    /// Episodes of one score.
    private struct Tally: Sendable, Hashable, Codable {
        var present = 0
        var absent = 0
    }

    /// Right and wrong decisions at a threshold.
    public struct Decisions: Sendable, Hashable, Codable {
        /// The class is there and was said to be.
        public var truePositives = 0
        /// It is not there and was said to be.
        public var falsePositives = 0
        /// It is there and was not said to be.
        public var falseNegatives = 0
        /// It is not there and was not said to be.
        public var trueNegatives = 0

        /// `2 TP / (2 TP + FP + FN)`; nil where nothing is there and nothing was said to be.
        public var f1: Double? {
            let all = 2 * truePositives + falsePositives + falseNegatives
            return all == 0 ? nil : 2 * Double(truePositives) / Double(all)
        }
    }

    private var tallies: [Float: Tally] = [:]

    /// No episodes.
    public init() {}

    /// Adds an episode.
    ///
    /// - Parameters:
    ///   - score: the higher, the surer that the class is there.
    ///   - isPresent: whether it is.
    /// - Throws: ``DatasetError`` for a score that is no number.
    public mutating func add(score: Float, isPresent: Bool) throws(DatasetError) {
        guard !score.isNaN else {
            throw DatasetError(
                file: "presence score", found: "\(score)", expected: "a number", advice: "correct the segmenter")
        }
        if isPresent { tallies[score, default: Tally()].present += 1 } else { tallies[score, default: Tally()].absent += 1 }
    }

    /// Adds the counts of other episodes; no order matters.
    public mutating func merge(_ other: PresenceMetrics) {
        for (score, tally) in other.tallies {
            tallies[score, default: Tally()].present += tally.present
            tallies[score, default: Tally()].absent += tally.absent
        }
    }

    /// Episodes whose query holds the class.
    public var presentCount: Int { tallies.values.reduce(0) { $0 + $1.present } }

    /// Episodes whose query does not.
    public var absentCount: Int { tallies.values.reduce(0) { $0 + $1.absent } }

    /// The area under the receiver operating characteristic: how probably an episode with the class has the higher score than one
    /// without, ties counting half. Nil without both kinds.
    public var areaUnderROC: Double? {
        let pairs = presentCount * absentCount
        if pairs == 0 { return nil }
        var (doubled, below) = (0, 0)
        for (_, tally) in tallies.sorted(by: { $0.key < $1.key }) {
            doubled += tally.present * (2 * below + tally.absent)
            below += tally.absent
        }
        return Double(doubled) / Double(2 * pairs)
    }

    /// What is decided when scores of at least `threshold` say that the class is there.
    public func decisions(threshold: Float) -> Decisions {
        tallies.reduce(into: Decisions()) { decisions, entry in
            if entry.key >= threshold {
                decisions.truePositives += entry.value.present
                decisions.falsePositives += entry.value.absent
            } else {
                decisions.falseNegatives += entry.value.present
                decisions.trueNegatives += entry.value.absent
            }
        }
    }
}
