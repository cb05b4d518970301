internal import ArgumentParser
internal import Datasets
internal import Foundation

/// `fss data info`.
struct DataInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "List the classes, folds and counts of a dataset.",
        discussion: """
            Examples:
              fss data info shapes5i
              fss data info VOC2012 --lists lists/pascal --json
              fss data info pascal5i=data/pascal --classes --sheet pascal.png
              fss data info shapes5i --weak-labels labels.png
            """)

    @Argument(help: ArgumentHelp("A folder in VOC layout, a registered name, or name=folder.", valueName: "dataset"))
    var dataset: String

    @Option(
        help: ArgumentHelp(
            "The folder of trn/fold0.txt, val/fold0.txt, ...; by default splits in the dataset.", valueName: "folder"))
    var lists: String?

    @Flag(help: "Also list every class with its images in training and test.")
    var classes = false

    @Option(help: ArgumentHelp("Also draw example pictures of every test class into this PNG or JPEG.", valueName: "file"))
    var sheet: String?

    @Option(
        help: ArgumentHelp(
            "Also draw every weak label (boxes, scribbles, points, inaccurate masks) of an example into this PNG or JPEG.",
            valueName: "file"))
    var weakLabels: String?

    @Option(
        help: ArgumentHelp(
            "Pictures a class of the sheet, 6 by default; examples of --weak-labels, 1 by default.", valueName: "count"))
    var examples: Int?

    @Option(help: "Seed of weak labels that are drawn at random.")
    var annotationSeed: UInt64 = 0

    @OptionGroup var extra: DatasetExtraOptions

    @OptionGroup var report: ReportOptions

    func validate() throws {
        if let examples, !(1...100).contains(examples) {
            throw ValidationError("--examples is \(examples), expected 1...100.")
        }
        if annotationSeed != 0 && weakLabels == nil {
            throw ValidationError("--annotation-seed is \(annotationSeed), but no annotation is drawn without --weak-labels.")
        }
    }

    func run() throws {
        let folded = try DatasetChoice(dataset, lists: lists, options: extra.options).folded()
        let folds = try (0..<folded.foldCount).flatMap { fold in
            try DatasetPart.allCases.filter { folded.has($0, fold: fold) }.map {
                FoldInfo($0.rawValue, fold, try folded.dataset($0, fold: fold))
            }
        }
        var table = TextTable(["list", "pairs", "images", "classes"], leftColumns: 4)
        for fold in folds {
            let classes = fold.split == "val" ? fold.classes.map(\.name).joined(separator: ", ") : "\(fold.classes.count) others"
            table.add(["\(fold.split)/fold\(fold.fold)", String(fold.pairs), String(fold.images), classes])
        }
        report.console.table(table)
        if classes { report.console.table(Self.table(of: folded.classes, folds)) }
        try draw(folded)
        try report.console.emit(folds)
    }
}

extension DataInfo {
    /// Draws the sheets that were asked for.
    private func draw(_ folded: any FoldedDataset) throws {
        if sheet == nil && weakLabels == nil { return }
        let parts = try (0..<folded.foldCount).filter { folded.has(.validation, fold: $0) }.map {
            try folded.validation(fold: $0)
        }
        if let sheet {
            let picture = try DatasetSheet.picture(of: parts, title: folded.name, examples: examples ?? 6)
            try ImageFile.save(picture, to: URL(fileURLWithPath: sheet))
            report.console.line("Examples: \(sheet)")
        }
        if let weakLabels, let part = parts.first {
            let picture = try AnnotationSheet.picture(of: part, examples: examples ?? 1, seed: annotationSeed)
            try ImageFile.save(picture, to: URL(fileURLWithPath: weakLabels))
            report.console.line("Weak labels: \(weakLabels)")
        }
    }

    /// Images of every class: where it is trained on, over the folds from the fewest to the most, and where it is tested.
    private static func table(of classes: [FewShotClass], _ folds: [FoldInfo]) -> TextTable {
        var table = TextTable(["class", "id", "tested in", "test images", "training images"])
        for item in classes {
            func counts(_ split: String) -> [(fold: Int, count: Int)] {
                folds.filter { $0.split == split }.compactMap { fold in
                    fold.counts[item.id].map { (fold.fold, $0) }
                }
            }
            let (test, training) = (counts("val"), counts("trn").map(\.count))
            let (low, high) = (training.min() ?? 0, training.max() ?? 0)
            table.add([
                item.name, String(item.id), test.map { "fold\($0.fold)" }.joined(separator: ", "),
                test.map { String($0.count) }.joined(separator: ", "), low == high ? String(low) : "\(low)-\(high)",
            ])
        }
        return table
    }
}

/// The numbers of one list.
private struct FoldInfo: Codable {
    var split: String
    var fold: Int
    var name: String
    var pairs: Int
    var images: Int
    var classes: [FewShotClass]
    var listHash: String
    /// Pairs by class id.
    var counts: [Int: Int]

    init(_ split: String, _ fold: Int, _ dataset: any FewShotDataset) {
        self.split = split
        self.fold = fold
        name = dataset.name
        pairs = dataset.items.count
        images = Set(dataset.items.map(\.id)).count
        classes = dataset.classes
        listHash = dataset.listHash
        counts = Dictionary(dataset.classes.map { ($0.id, dataset.ids(ofClass: $0.id).count) }) { $0 + $1 }
    }
}
