internal import Datasets

/// Backbones in rows, methods in columns; each fold, then the mean of the folds.
struct StitchingMatrix {
    /// mIoU and FB-IoU, 0...1.
    struct Score: Codable {
        var meanIoU: Double
        var foregroundBackgroundIoU: Double

        /// "41.8 (66.9)".
        var text: String { "\((meanIoU * 100).rounded(to: 1)) (\((foregroundBackgroundIoU * 100).rounded(to: 1)))" }
    }

    /// One backbone on one fold, or in the mean.
    struct Row: Codable {
        var backbone: String
        /// "0"..."3" or "mean".
        var fold: String
        /// By method.
        var scores: [String: Score]
        /// DiffUp less the best baseline, mIoU, 0...1.
        var difference: Double?
    }

    let methods: [String]
    let rows: [Row]

    init(_ cells: [EvaluationCell]) {
        methods = cells.map(\.method).uniqued
        let folds = cells.map(\.fold).uniqued
        rows = cells.map(\.backbone).uniqued.flatMap { backbone in
            let own = cells.filter { $0.backbone == backbone }
            var rows = folds.map { fold in Self.row(backbone, String(fold), own.filter { $0.fold == fold }) }
            if folds.count > 1 { rows.append(Self.row(backbone, "mean", own)) }
            return rows
        }
    }

    /// The mean of the cells of each method.
    private static func row(_ backbone: String, _ fold: String, _ cells: [EvaluationCell]) -> Row {
        let scores = Dictionary(grouping: cells, by: \.method).mapValues { cells in
            let count = Double(cells.count)
            return Score(
                meanIoU: cells.reduce(0) { $0 + $1.result.meanIoU } / count,
                foregroundBackgroundIoU: cells.reduce(0) { $0 + $1.result.foregroundBackgroundIoU } / count)
        }
        let baselines = scores.filter { $0.key != EvaluationCell.diffUp }.map(\.value.meanIoU)
        let own = scores[EvaluationCell.diffUp]?.meanIoU
        let difference = own.flatMap { own in baselines.max().map { own - $0 } }
        return Row(backbone: backbone, fold: fold, scores: scores, difference: difference)
    }

    /// For people.
    var table: TextTable {
        var table = TextTable(["backbone", "fold"] + methods + ["difference"], leftColumns: 2)
        var last = ""
        for row in rows {
            if row.backbone != last { table.separate() }
            let scores = methods.map { row.scores[$0]?.text ?? "-" }
            let sign = (row.difference ?? 0) < 0 ? "" : "+"
            let difference = row.difference.map { "\(sign)\(($0 * 100).rounded(to: 1))" } ?? "-"
            table.add([row.backbone == last ? "" : row.backbone, row.fold] + scores + [difference])
            last = row.backbone
        }
        return table
    }

    /// The columns of the CSV.
    var header: [String] { ["backbone", "fold"] + methods.flatMap { ["\($0)_miou", "\($0)_fb_iou"] } + ["difference"] }

    /// The rows of the CSV.
    var fields: [[String]] {
        rows.map { row in
            let scores = methods.flatMap { method in
                [row.scores[method]?.meanIoU, row.scores[method]?.foregroundBackgroundIoU].map { $0.map { String($0) } ?? "" }
            }
            return [row.backbone, row.fold] + scores + [row.difference.map { String($0) } ?? ""]
        }
    }
}

/// IoU class by class.
enum ClassTable {
    static let header = ["fold", "backbone", "class", "name", "episodes", "method", "iou"]

    /// The rows of the CSV.
    static func fields(_ cells: [EvaluationCell]) -> [[String]] {
        cells.flatMap { cell in
            cell.result.classes.map { row in
                [
                    String(cell.fold), cell.backbone, String(row.classID), row.name, String(row.episodes), cell.method,
                    String(row.iou),
                ]
            }
        }
    }

    /// For people: classes in rows, backbones and methods in columns.
    static func table(_ cells: [EvaluationCell]) -> TextTable {
        let columns = cells.map { "\($0.backbone) \($0.method)" }.uniqued
        let methods = cells.map { "\($0.backbone)\n\($0.method)" }.uniqued
        let isSingle = cells.map(\.backbone).uniqued.count == 1
        let titles = isSingle ? cells.map(\.method).uniqued : columns
        var table = TextTable(["class", "episodes"] + titles)
        for fold in cells.map(\.fold).uniqued {
            let own = cells.filter { $0.fold == fold }
            table.separate()
            for row in own.first?.result.classes ?? [] {
                let values = methods.map { method -> String in
                    let cell = own.first { "\($0.backbone)\n\($0.method)" == method }
                    let match = cell?.result.classes.first { $0.classID == row.classID }
                    return match.map { ($0.iou * 100).rounded(to: 1) } ?? "-"
                }
                table.add([row.name, String(row.episodes)] + values)
            }
        }
        return table
    }
}

extension Array where Element: Hashable {
    /// The elements without repeats, in the order of their first occurrence.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
