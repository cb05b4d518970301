internal import ArgumentParser
internal import Datasets
internal import Foundation

/// The arguments that name a dataset with its lists.
struct FolderArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("A folder in VOC layout, a registered name, or name=folder.", valueName: "dataset"))
    var dataset: String

    @Option(
        help: ArgumentHelp(
            "The folder of trn/fold0.txt, val/fold0.txt, ...; by default splits in the dataset.", valueName: "folder"))
    var lists: String?

    @Option(help: ArgumentHelp("The folder of label maps in the dataset.", valueName: "name"))
    var labels = "SegmentationClass"

    @OptionGroup var extra: DatasetExtraOptions

    /// Opens the dataset.
    func opened() throws -> any FoldedDataset {
        try DatasetChoice(dataset, lists: lists, labels: labels, options: extra.options).folded()
    }
}

/// `fss data check`.
struct DataCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a dataset and its lists before anything is trained on them.",
        discussion: """
            Reports missing and damaged files, masks of another size than their photo, unknown classes, pairs whose \
            image does not show the class, novel classes in training images, and images that are in training and \
            test; lists of PASCAL-5i, COCO-20i and FSS-1000 beside the counts and digests that the field knows. Ends \
            with 1 when there are errors; warnings do not count.

            Example:
              fss data check VOC2012 --lists lists/pascal
            """)

    @OptionGroup var folder: FolderArguments
    @OptionGroup var report: ReportOptions

    func run() async throws {
        let console = report.console
        let bar = ProgressBar(on: console)
        let check = try await folder.opened().check { bar.update(RunProgress("checking", $0)) }
        bar.finish()
        var table = TextTable(["list", "pairs", "images", "classes", "sha256"])
        for list in check.lists {
            let used = list.classes.values.filter { $0 > 0 }.count
            table.add([
                "\(list.split)/fold\(list.fold)", String(list.pairs), String(list.images), String(used),
                String(list.hash.prefix(16)),
            ])
        }
        console.table(table)
        for list in check.lists {
            if let known = list.known { console.line("\(list.split)/fold\(list.fold) \(known)") }
        }
        for note in check.notes { console.line(note) }
        for warning in check.warnings { console.line("warning: \(warning)") }
        for error in check.errors { console.line("error: \(error)") }
        console.line("\(check.errors.count) errors, \(check.warnings.count) warnings")
        try console.emit(check)
        if !check.errors.isEmpty { throw ExitCode(1) }
    }
}
