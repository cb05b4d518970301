/// Pixels that prediction and truth share, and pixels of either.
public struct IoUCounts: Sendable, Hashable, Codable {
    /// Pixels of both.
    public var intersection: UInt64
    /// Pixels of at least one.
    public var union: UInt64

    /// Counts of pixels.
    public init(intersection: UInt64 = 0, union: UInt64 = 0) {
        self.intersection = intersection
        self.union = union
    }

    /// Intersection over union; 0 where both are empty, as HSNet has it.
    public var ratio: Double { Double(intersection) / Double(max(union, 1)) }

    /// Adds counts.
    public static func += (total: inout IoUCounts, other: IoUCounts) {
        total.intersection += other.intersection
        total.union += other.union
    }
}

/// The counts of one episode.
public struct EpisodeScore: Sendable, Hashable, Codable {
    /// The class in question.
    public var classID: Int
    /// Of the object.
    public var foreground: IoUCounts
    /// Of everything else.
    public var background: IoUCounts
    /// Of the bands along the outlines, ``BoundaryIoU``; nil where they were not counted.
    public var boundary: IoUCounts?
    /// Whether the query holds the class, and how sure the segmenter was of it; nil where nobody asked: the class is there then.
    public var presence: PresenceObservation?

    /// Counts of one episode.
    public init(
        classID: Int, foreground: IoUCounts, background: IoUCounts, boundary: IoUCounts? = nil,
        presence: PresenceObservation? = nil
    ) {
        self.classID = classID
        self.foreground = foreground
        self.background = background
        self.boundary = boundary
        self.presence = presence
    }

    /// Whether the query holds the class. Episodes of which it does not count for absence alone, in no IoU.
    public var isPresent: Bool { presence?.isPresent ?? true }

    /// Compares a prediction with the truth about the query; void pixels do not count.
    ///
    /// - Throws: ``DatasetError`` when the sizes differ.
    public init(prediction: BinaryMask, truth: ClassMask, classID: Int) throws(DatasetError) {
        guard prediction.width == truth.width && prediction.height == truth.height else {
            throw DatasetError(
                file: "prediction", found: "\(prediction.width)x\(prediction.height) pixels",
                expected: "the size of the query, \(truth.width)x\(truth.height)",
                advice: "resize the prediction to the query before it is returned")
        }
        // Index: 2 for truth foreground plus 1 for predicted foreground.
        var counts: [UInt64] = [0, 0, 0, 0]
        let void = truth.void?.values
        for (pixel, isObject) in truth.object.values.enumerated() where !(void?[pixel] ?? false) {
            let index = (isObject ? 2 : 0) + (prediction.values[pixel] ? 1 : 0)
            counts[index] += 1
        }
        let wrong = counts[1] + counts[2]
        self.init(
            classID: classID,
            foreground: IoUCounts(intersection: counts[3], union: counts[3] + wrong),
            background: IoUCounts(intersection: counts[0], union: counts[0] + wrong))
    }
}

/// The scores of few-shot segmentation, as HSNet's evaluation (`common/logger.py`, `common/evaluation.py`).
///
/// Intersections and unions are added up per class over all episodes and divided once at the end, so an episode
/// weighs by its area within its class, and each class weighs the same whatever its number of episodes. Sums are
/// 64-bit integers where HSNet has float32.
///
/// A class that no episode asks for is absent: it has no IoU and is left out of the mean, where HSNet's code counts it as 0. With
/// the published lists and numbers of episodes every class of a fold is asked for, and both are the same.
public struct FewShotMetrics: Sendable, Hashable, Codable {
    /// The sums of one class.
    public struct ClassTotals: Sendable, Hashable, Codable {
        /// Episodes that asked for the class.
        public var episodes = 0
        /// Of the object.
        public var foreground = IoUCounts()
        /// Of everything else.
        public var background = IoUCounts()

        static func += (total: inout ClassTotals, other: ClassTotals) {
            total.episodes += other.episodes
            total.foreground += other.foreground
            total.background += other.background
        }
    }

    /// The ids of the classes over which is averaged.
    public let classIDs: [Int]
    private var totals: [Int: ClassTotals] = [:]

    /// Empty sums for the classes of a fold.
    public init(classIDs: [Int]) {
        self.classIDs = classIDs
    }

    /// Adds an episode.
    ///
    /// - Throws: ``DatasetError`` when its class is not one of ``classIDs``.
    public mutating func add(_ score: EpisodeScore) throws(DatasetError) {
        guard classIDs.contains(score.classID) else {
            throw DatasetError(
                file: "episode", found: "class \(score.classID)",
                expected: "one of \(classIDs.map(String.init).joined(separator: ", "))",
                advice: "check that list and fold belong together")
        }
        totals[score.classID, default: ClassTotals()] += ClassTotals(
            episodes: 1, foreground: score.foreground, background: score.background)
    }

    /// Adds the sums of other episodes, of another process perhaps. Sums are whole numbers: no order matters.
    ///
    /// - Throws: ``DatasetError`` when it averages over other classes.
    public mutating func merge(_ other: FewShotMetrics) throws(DatasetError) {
        guard other.classIDs == classIDs else {
            throw DatasetError(
                file: "metrics", found: "the classes \(other.classIDs)", expected: "\(classIDs)",
                advice: "merge metrics of one dataset")
        }
        for (classID, sums) in other.totals { totals[classID, default: ClassTotals()] += sums }
    }

    /// The sums of a class, zero when no episode asked for it.
    public func totals(ofClass classID: Int) -> ClassTotals { totals[classID] ?? ClassTotals() }

    /// The foreground IoU of a class, in 0...1; nil when no episode asked for it.
    public func iou(ofClass classID: Int) -> Double? {
        let totals = totals(ofClass: classID)
        return totals.episodes == 0 ? nil : totals.foreground.ratio
    }

    /// The mean of the foreground IoU over the classes that an episode asked for, in 0...1; 0 when there is none.
    public var meanIoU: Double {
        let ratios = classIDs.compactMap { iou(ofClass: $0) }
        return ratios.reduce(0, +) / Double(max(ratios.count, 1))
    }

    /// The mean of foreground and background IoU, each over all classes together, in 0...1.
    public var foregroundBackgroundIoU: Double {
        var (foreground, background) = (IoUCounts(), IoUCounts())
        for classID in classIDs {
            foreground += totals(ofClass: classID).foreground
            background += totals(ofClass: classID).background
        }
        return (foreground.ratio + background.ratio) / 2
    }
}
