internal import ArgumentParser
internal import Datasets
internal import Foundation

/// `fss compare`.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put evaluations side by side, with intervals of their differences.",
        discussion: """
            Every run is the folder of a finished fss evaluate; differences are to the first one. A row is a method with \
            one backbone; where each run has one backbone, backbones are compared. Intervals hold 95 % of a paired \
            bootstrap: both scores come from the same drawn episodes.

            Folders of fss gfss score, evaluate and merge compare with one another; there a pair is a fold with a seed, and \
            intervals are those of the mean over pairs.

            Runs that do not compare are refused, and the fields that differ are named: protocol, list, episodes, IoU \
            space, ignored pixels, annotations.

            Examples:
              fss compare runs/before runs/after
              fss compare runs/resnet50 runs/vgg16 runs/squeezenet --json > table.json
              fss compare runs/gfss-supports runs/gfss-synthetic
            """)

    @Argument(help: ArgumentHelp("Folders of evaluations, two or more.", valueName: "run"))
    var runs: [String]

    @Option(help: "Resamples of the bootstrap.")
    var resamples = 1000

    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard runs.count > 1 else { throw ValidationError("found one run; name two or more.") }
        guard (1...1_000_000).contains(resamples) else {
            throw ValidationError("--resamples is \(resamples), expected 1...1000000.")
        }
    }

    func run() throws {
        if runs.allSatisfy({ GeneralizedComparison.isScoring(URL(fileURLWithPath: $0)) }) {
            let comparison = try GeneralizedComparison(contentsOf: runs)
            comparison.print(on: report.console)
            return try report.console.emit(comparison)
        }
        let read = try runs.map { path in
            var run = try ComparedRun(contentsOf: URL(fileURLWithPath: path))
            run.path = path
            return run
        }
        let comparison = try RunComparison(read, resamples: resamples)
        comparison.print(on: report.console)
        try report.console.emit(comparison)
    }
}

extension RunComparison {
    /// The tables for people.
    fileprivate func print(on console: Console) {
        console.line("mIoU (FB-IoU) in %; differences of mIoU to the first run with 95 % intervals over the same episodes")
        console.table(table({ $0.score.text }, { $0.text }))
        let entries = rows.flatMap(\.entries)
        if entries.contains(where: { $0.score.boundaryIoU != nil }) {
            console.line("Boundary IoU in %, and differences")
            console.table(table({ $0.score.boundaryIoU.map { $0.percent } ?? "-" }, { $0.boundaryText ?? "-" }))
        }
        if entries.contains(where: { $0.score.presence != nil }) {
            console.line("Absence: AUROC / F1 in %, and differences of AUROC")
            console.table(table({ $0.score.presence?.text ?? "-" }, { $0.areaUnderROC?.signedPercent ?? "-" }))
        }
        for (index, run) in runs.enumerated() { console.line("\(index + 1): \(run)") }
        remarks.forEach(console.note)
    }

    private func table(_ score: (Entry) -> String, _ difference: (Difference) -> String) -> TextTable {
        let others = runs.indices.dropFirst().flatMap { ["run \($0 + 1)", "difference"] }
        let backbones = Set(rows.flatMap { $0.entries.map(\.backbone) })
        var table = TextTable(["method", "backbone", "fold", "run 1"] + others, leftColumns: 3)
        var last = ""
        for row in rows {
            let names = row.entries.map(\.backbone)
            let name = Set(names).count == 1 || backbones.count == 1 ? names[0] : names.joined(separator: " / ")
            if row.method + name != last { table.separate() }
            last = row.method + name
            let cells = runs.indices.flatMap { run -> [String] in
                guard let entry = row.entries.first(where: { $0.run == run }) else { return run == 0 ? ["-"] : ["-", "-"] }
                return run == 0 ? [score(entry)] : [score(entry), entry.difference.map(difference) ?? "-"]
            }
            table.add([row.method, name, row.fold] + cells)
        }
        return table
    }
}

extension RunComparison.Difference {
    /// "+1.8 (-0.2 to +3.7)".
    fileprivate var text: String { Self.text(meanIoU, meanIoUInterval) }

    /// The same of the boundary IoU.
    fileprivate var boundaryText: String? {
        boundaryIoU.flatMap { value in boundaryIoUInterval.map { Self.text(value, $0) } }
    }

    private static func text(_ value: Double, _ interval: ConfidenceInterval) -> String {
        "\(value.signedPercent) (\(interval.lower.signedPercent) to \(interval.upper.signedPercent))"
    }
}

extension PresenceScores {
    /// "91.2 / 84.0".
    fileprivate var text: String { "\(areaUnderROC.percent) / \(f1.percent)" }
}
