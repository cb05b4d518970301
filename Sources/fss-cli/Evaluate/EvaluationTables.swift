internal import Datasets
internal import Diffusion

extension EvaluationReport {
    /// The tables for people, the values for machines.
    func print(_ plan: EvaluationPlan, on console: Console) throws {
        let (evaluation, classes) = (plan.evaluation, ClassTable(cells))
        let ways = plan.ways.map { "\($0)-way " } ?? ""
        console.line(
            "\(ways)\(plan.shots)-shot, \(plan.annotation.rawValue) supports, \(evaluation.episodes * evaluation.repeats) episodes a fold, \(plan.classes.rawValue) classes, IoU space \(evaluation.space): mIoU (FB-IoU) in %"
        )
        console.line("Protocol \(evaluation.summary)")
        console.table(StitchingMatrix(cells).table)
        for line in cells.compactMap(\.repeatLine) { console.line(line) }
        if let further = FurtherScores(StitchingMatrix(cells)) {
            console.line()
            console.table(TextTable(further))
        }
        console.line()
        console.table(classes.table)
        console.line("Results: \(folder)")
        try console.emit(self)
    }
}

extension EvaluationCell {
    /// The mean over the protocol's seeds; nil for a single one.
    fileprivate var repeatLine: String? {
        guard let repeats = result.repeats?.meanIoU else { return nil }
        func percent(_ value: Double) -> String { (value * 100).rounded(to: 1) }
        let values = repeats.values.map(percent).joined(separator: ", ")
        return
            "fold \(fold), \(backbone), \(method): \(percent(repeats.mean)) ± \(percent(repeats.deviation)) % mIoU over \(repeats.values.count) seeds (\(values))"
    }
}

extension StitchingMatrix {
    /// For people.
    var table: TextTable {
        var table = TextTable(["backbone", "fold"] + methods + ["difference"], leftColumns: 2)
        var last = ""
        for row in rows {
            if row.backbone != last { table.separate() }
            let scores = methods.map { row.scores[$0]?.text ?? "-" }
            table.add([row.backbone == last ? "" : row.backbone, row.fold] + scores + [row.difference?.signedPercent ?? "-"])
            last = row.backbone
        }
        return table
    }
}

extension TextTable {
    /// Boundary IoU and absence.
    init(_ further: FurtherScores) {
        self.init(further.titles, leftColumns: 3)
        further.rows.forEach { add($0) }
    }
}

extension ClassTable {
    /// For people: folds are set apart.
    var table: TextTable {
        var table = TextTable(["class", "episodes"] + titles)
        var last: Int?
        for row in rows {
            if row.fold != last { table.separate() }
            table.add([row.name, String(row.episodes)] + row.scores.map { $0.map { ($0 * 100).rounded(to: 1) } ?? "-" })
            last = row.fold
        }
        return table
    }
}
