/// IoU class by class: classes in rows, backbones and methods in columns.
public struct ClassTable: Sendable {
    /// One class of one fold.
    public struct Row: Sendable, Hashable {
        /// The fold that holds the class out.
        public var fold: Int
        /// The class.
        public var name: String
        /// Episodes that asked for it.
        public var episodes: Int
        /// IoU by column, 0...1; nil where it was not scored, and for a class that no episode asked for.
        public var scores: [Double?]
    }

    /// The columns: methods alone when there is one backbone, else backbone and method.
    public let titles: [String]
    /// The classes, fold by fold.
    public let rows: [Row]
    private let cells: [EvaluationCell]

    /// Lays out cells.
    public init(_ cells: [EvaluationCell]) {
        struct Column: Hashable { var backbone, method: String }
        self.cells = cells
        let columns = cells.map { Column(backbone: $0.backbone, method: $0.method) }.uniqued
        let isSingle = Set(columns.map(\.backbone)).count == 1
        titles = columns.map { isSingle ? $0.method : "\($0.backbone) \($0.method)" }
        rows = cells.map(\.fold).uniqued.flatMap { fold -> [Row] in
            let own = cells.filter { $0.fold == fold }
            return (own.first?.result.classes ?? []).map { item in
                let scores = columns.map { column in
                    own.first { $0.backbone == column.backbone && $0.method == column.method }?
                        .result.classes.first { $0.classID == item.classID }?.iou
                }
                return Row(fold: fold, name: item.name, episodes: item.episodes, scores: scores)
            }
        }
    }

    /// The columns of the CSV, which has one line a class, fold, backbone and method.
    public static let header = ["fold", "backbone", "class", "name", "episodes", "method", "iou", "boundary_iou"]

    /// The rows of the CSV; the IoU of a class that no episode asked for is empty.
    public var fields: [[String]] {
        cells.flatMap { cell in
            cell.result.classes.map { row in
                [
                    String(cell.fold), cell.backbone, String(row.classID), row.name, String(row.episodes), cell.method,
                    row.iou.map { String($0) } ?? "", row.boundaryIoU.map { String($0) } ?? "",
                ]
            }
        }
    }
}
