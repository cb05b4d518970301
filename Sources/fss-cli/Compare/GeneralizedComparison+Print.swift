internal import Datasets

extension GeneralizedComparison {
    /// The table for people.
    func print(on console: Console) {
        console.line(
            "mIoU in %, the mean of \(pairs) folds and seeds; differences to the first run with 95 % intervals over them")
        let others = runs.indices.dropFirst().flatMap { ["run \($0 + 1)", "difference"] }
        var table = TextTable(["background", "score", "run 1"] + others, leftColumns: 2)
        for row in rows {
            if row.score == GeneralizedScores.titles.first { table.separate() }
            let cells = runs.indices.flatMap { run in
                run == 0 ? [row.means[run].percent] : [row.means[run].percent, Self.text(row.differences[run])]
            }
            table.add([row.withBackground ? "with" : "without", row.score] + cells)
        }
        console.table(table)
        for (index, run) in runs.enumerated() { console.line("\(index + 1): \(run)") }
        remarks.forEach(console.note)
    }

    private static func text(_ difference: MeanInterval?) -> String {
        guard let difference else { return "-" }
        guard let interval = difference.interval else { return difference.mean.signedPercent }
        return "\(difference.mean.signedPercent) (\(interval.lower.signedPercent) to \(interval.upper.signedPercent))"
    }
}
