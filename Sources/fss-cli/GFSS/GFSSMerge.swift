internal import ArgumentParser
internal import Datasets
internal import Foundation

/// `fss gfss merge`.
struct GFSSMerge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Add up the parts that several processes scored.",
        discussion: """
            The numbers are those of one process, bit by bit. Parts of different conventions, images or classes are \
            refused, and the fields that differ are named.

            Example:
              fss gfss merge runs/part1 runs/part2 --out runs/whole
            """)

    @Argument(help: ArgumentHelp("Folders of fss gfss score --part.", valueName: "run"))
    var runs: [String]

    @OptionGroup var output: OutputOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        let folder = try output.folder("gfss")
        let result = try await GeneralizedReport.merge(runs, in: folder, arguments: FSS.arguments)
        result.remarks.forEach(report.console.note)
        try result.print(folder.url.path, on: report.console)
        if result.isPartial { throw ExitCode(1) }
    }
}

extension GeneralizedReport {
    /// The tables for people, the values for machines; what could not be scored, and an end with 1 for it.
    func print(_ path: String, on console: Console) throws {
        console.line("\(settings.convention.text): mIoU in %, space \(settings.space)")
        var table = TextTable(["fold", "seed", "images", "background"] + GeneralizedScores.titles, leftColumns: 2)
        for run in runs {
            table.separate()
            for (rule, scores) in [("with", run.withBackground), ("without", run.withoutBackground)] {
                table.add(["\(run.fold)", "\(run.seed)", "\(run.scored)", rule] + scores.all.map(\.percent))
            }
        }
        if runs.count > 1 {
            table.separate()
            for (rule, summary) in [("with", withBackground), ("without", withoutBackground)] {
                table.add(["mean", "", "", rule] + summary.ofMeans.all.map(\.percent))
            }
        }
        console.table(table)
        if runs.count > 1 {
            let (with, without) = (withBackground.meanOfHarmonics, withoutBackground.meanOfHarmonics)
            console.line(
                "mean of the runs' harmonic means: \(with.percent) with, \(without.percent) without background")
        }
        console.line("\(settings.convention.id) reports the \(settings.convention.headline): \(headline.percent)")
        console.line("Results: \(path)")
        try console.emit(self)
        for problem in problems.prefix(20) { Console.standardError("Error: \(problem)") }
        if problems.count > 20 {
            Console.standardError("Error: and \(problems.count - 20) more, all in \(path)/\(Self.problemsName)")
        }
        if !problems.isEmpty { throw ExitCode(1) }
    }
}
