/// The score of one method on one fold with one backbone.
public struct EvaluationCell: Codable, Sendable, Equatable {
    /// The method's name of a trained model.
    public static let diffUp = "DiffUp"

    /// The fold.
    public var fold: Int
    /// The backbone's name.
    public var backbone: String
    /// What segmented: a baseline's name, or ``diffUp``.
    public var method: String
    /// Its scores.
    public var result: EvaluationResult
    /// What else decided them, by name.
    public var settings: [String: String]
    /// How long it took.
    public var seconds: Double

    /// Joins a score with what it belongs to.
    public init(
        fold: Int, backbone: String, method: String, result: EvaluationResult, settings: [String: String] = [:],
        seconds: Double = 0
    ) {
        self.fold = fold
        self.backbone = backbone
        self.method = method
        self.result = result
        self.settings = settings
        self.seconds = seconds
    }

    /// The folder of its files in a run folder.
    public var folderName: String { Self.folderName(fold: fold, backbone: backbone, method: method) }

    /// The folder of a score's files in a run folder: "fold0-resnet50-DiffUp".
    public static func folderName(fold: Int, backbone: String, method: String) -> String {
        let name = "fold\(fold)-\(backbone)-\(method)"
        return String(name.map { $0.isLetter || $0.isNumber || "-_.+".contains($0) ? $0 : "_" })
    }
}

/// The scores of an evaluation, 0...1.
public struct MeanScore: Codable, Sendable, Hashable {
    /// Mean foreground IoU over classes.
    public var meanIoU: Double
    /// Mean of foreground and background IoU.
    public var foregroundBackgroundIoU: Double
    /// Mean boundary IoU over classes; nil where bands were not counted.
    public var boundaryIoU: Double?
    /// How well absence is told; nil without episodes whose query does not hold the class.
    public var presence: PresenceScores?

    /// Scores.
    public init(
        meanIoU: Double, foregroundBackgroundIoU: Double, boundaryIoU: Double? = nil, presence: PresenceScores? = nil
    ) {
        self.meanIoU = meanIoU
        self.foregroundBackgroundIoU = foregroundBackgroundIoU
        self.boundaryIoU = boundaryIoU
        self.presence = presence
    }

    /// The scores of a result.
    public init(_ result: EvaluationResult) {
        self.init(
            meanIoU: result.meanIoU, foregroundBackgroundIoU: result.foregroundBackgroundIoU, boundaryIoU: result.boundaryIoU,
            presence: result.presence?.scores)
    }

    /// The mean of scores, of several folds; what one of them lacks the mean lacks.
    ///
    /// - Precondition: there is one at least.
    public init(mean scores: [MeanScore]) {
        self.init(
            meanIoU: scores.map(\.meanIoU).average, foregroundBackgroundIoU: scores.map(\.foregroundBackgroundIoU).average,
            boundaryIoU: scores.map(\.boundaryIoU).averageOfAll, presence: PresenceScores(mean: scores.map(\.presence)))
    }

    /// The mean of the scores of cells, of several folds.
    init(_ cells: [EvaluationCell]) { self.init(mean: cells.map { MeanScore($0.result) }) }

    /// How much a score differs from another.
    static func - (score: MeanScore, other: MeanScore) -> MeanScore {
        let bands = score.boundaryIoU.flatMap { own in other.boundaryIoU.map { own - $0 } }
        let presence = score.presence.flatMap { own in other.presence.map { own - $0 } }
        return MeanScore(
            meanIoU: score.meanIoU - other.meanIoU,
            foregroundBackgroundIoU: score.foregroundBackgroundIoU - other.foregroundBackgroundIoU, boundaryIoU: bands,
            presence: presence)
    }

    /// "41.8 (66.9)", mIoU and FB-IoU in percent.
    public var text: String { "\((meanIoU * 100).rounded(to: 1)) (\((foregroundBackgroundIoU * 100).rounded(to: 1)))" }
}

extension Collection<Double> {
    /// The mean.
    var average: Double { reduce(0, +) / Double(Swift.max(count, 1)) }
}

extension Collection<Double?> {
    /// The mean; nil where one is missing.
    var averageOfAll: Double? {
        let all = compactMap { $0 }
        return all.count == count && !isEmpty ? all.average : nil
    }
}

extension Array where Element: Hashable {
    /// The elements without repeats, in the order of their first occurrence.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
