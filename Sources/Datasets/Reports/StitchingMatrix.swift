/// Backbones in rows, methods in columns; each fold, then the mean of the folds.
public struct StitchingMatrix: Sendable {
    /// One backbone on one fold, or in the mean.
    public struct Row: Codable, Sendable, Hashable {
        /// The backbone's name.
        public var backbone: String
        /// "0"..."3" or "mean".
        public var fold: String
        /// By method; a method that was not scored here is missing.
        public var scores: [String: MeanScore]
        /// The trained model less the best baseline, mIoU, 0...1; nil where one of both is missing.
        public var difference: Double?
    }

    /// The methods, in the order of their first cell.
    public let methods: [String]
    /// The rows, backbone by backbone.
    public let rows: [Row]

    /// Sums up cells.
    ///
    /// - Parameter model: the method that is compared with the best of the others.
    public init(_ cells: [EvaluationCell], model: String = EvaluationCell.diffUp) {
        methods = cells.map(\.method).uniqued
        let folds = cells.map(\.fold).uniqued
        rows = cells.map(\.backbone).uniqued.flatMap { backbone in
            let own = cells.filter { $0.backbone == backbone }
            var rows = folds.map { fold in Self.row(backbone, String(fold), own.filter { $0.fold == fold }, model) }
            if folds.count > 1 { rows.append(Self.row(backbone, "mean", own, model)) }
            return rows
        }
    }

    /// The mean of the cells of each method.
    private static func row(_ backbone: String, _ fold: String, _ cells: [EvaluationCell], _ model: String) -> Row {
        let scores = Dictionary(grouping: cells, by: \.method).mapValues { MeanScore($0) }
        let best = scores.filter { $0.key != model }.map(\.value.meanIoU).max()
        let difference = scores[model].flatMap { own in best.map { own.meanIoU - $0 } }
        return Row(backbone: backbone, fold: fold, scores: scores, difference: difference)
    }

    private static let suffixes = ["miou", "fb_iou", "boundary_iou", "auroc", "f1"]

    /// The columns of the CSV.
    public var header: [String] {
        let scores = methods.flatMap { method in Self.suffixes.map { "\(method)_\($0)" } }
        return ["backbone", "fold"] + scores + ["difference"]
    }

    /// The rows of the CSV; what is missing is empty.
    public var fields: [[String]] {
        rows.map { row in
            let scores = methods.flatMap { method -> [String] in
                let score = row.scores[method]
                let presence = score?.presence
                let values = [
                    score?.meanIoU, score?.foregroundBackgroundIoU, score?.boundaryIoU, presence?.areaUnderROC, presence?.f1,
                ]
                return values.map { $0.map { String($0) } ?? "" }
            }
            return [row.backbone, row.fold] + scores + [row.difference.map { String($0) } ?? ""]
        }
    }
}
