internal import ArgumentParser
internal import Datasets

/// `fss gfss info`.
struct GFSSInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what a convention makes of a dataset: base images, supports, test images.",
        discussion: """
            Supports are drawn by the seed, those of fewer shots being the first of those of more; the draws of the \
            papers' own code are not replayed.

            Examples:
              fss gfss info pascal5i=data/pascal --convention diam --fold 1 --shots 5
              fss gfss info coco=data/coco --convention pop --seed 123 --json
            """)

    @Argument(help: ArgumentHelp("A folder in VOC layout, a registered name, or name=folder.", valueName: "dataset"))
    var dataset: String

    @OptionGroup var convention: ConventionOption

    @Option(help: ArgumentHelp("The folder of trn/fold0.txt, val/fold0.txt, ...", valueName: "folder"))
    var lists: String?

    @Option(help: "The fold whose classes are novel, from 0.")
    var fold = 0

    @Option(help: "Supports a novel class.")
    var shots = 1

    @Option(help: "What supports are drawn with; the convention's first seed by default.")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp("Images a class of shapes5i; \(FoldedShapes5i.defaultImagesPerClass) by default.", valueName: "count"))
    var imagesPerClass: Int?

    @OptionGroup var extra: DatasetExtraOptions
    @OptionGroup var report: ReportOptions

    func run() throws {
        let rule = try convention.value()
        let choice = DatasetChoice(
            dataset, lists: lists, imagesPerClass: imagesPerClass ?? FoldedShapes5i.defaultImagesPerClass, options: extra.options)
        let summary = try GFSSSummary(choice, rule, fold: fold, shots: shots, seed: seed)
        let console = report.console
        console.line(rule.text)
        console.line("base images  \(summary.baseImages.count)")
        console.line("test images  \(summary.queries.count), sha256 \(summary.queryHash.prefix(16))")
        console.line("base         \(summary.base.map(\.name).joined(separator: ", "))")
        var table = TextTable(["novel class", "candidates", "supports, seed \(summary.seed)"], leftColumns: 3)
        for item in summary.novel {
            let supports = summary.supports.filter { $0.classID == item.id }.map(\.id)
            table.add([item.name, "\(summary.candidates[item.id] ?? 0)", supports.joined(separator: " ")])
        }
        console.table(table)
        summary.remarks.forEach(console.note)
        try console.emit(summary)
    }
}
