/// What stands beside mIoU and FB-IoU: boundary IoU, and how well absence is told. One row a method, the mean over folds.
public struct FurtherScores: Sendable {
    /// The columns: three of names, then numbers.
    public let titles: [String]
    /// The rows, backbone by backbone; "-" for what was not scored.
    public let rows: [[String]]
    private let hasPresence: Bool

    /// Lays out the means of a matrix; nil where it has neither number.
    public init?(_ matrix: StitchingMatrix) {
        let hasMeans = matrix.rows.contains { $0.fold == "mean" }
        let lines = matrix.rows.filter { !hasMeans || $0.fold == "mean" }.flatMap { row in
            matrix.methods.compactMap { method in row.scores[method].map { (row: row, method: method, score: $0) } }
        }
        guard lines.contains(where: { $0.score.boundaryIoU != nil || $0.score.presence != nil }) else { return nil }
        let hasPresence = lines.contains { $0.score.presence != nil }
        self.hasPresence = hasPresence
        titles = ["backbone", "fold", "method", "boundary IoU"] + (hasPresence ? ["AUROC", "F1", "false area"] : [])
        rows = lines.map { line in
            let presence = line.score.presence
            let numbers = [line.score.boundaryIoU, presence?.areaUnderROC, presence?.f1, presence?.falseArea]
            let texts = numbers.prefix(hasPresence ? 4 : 1).map { PageParts.percent($0) }
            return [line.row.backbone, line.row.fold, line.method] + texts
        }
    }

    /// What the table is about.
    public var title: String { hasPresence ? "Outlines and absence" : "Outlines" }

    /// What the numbers are, in a sentence.
    public var legend: String {
        let bands = "In %. Boundary IoU counts only pixels within 2 % of the diagonal of an outline."
        if !hasPresence { return bands }
        return bands
            + " AUROC and F1 tell queries with the class from queries without it; false area is what is called foreground in the latter."
    }
}
