internal import ArgumentParser
internal import Datasets

/// The options that name a dataset.
struct DatasetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder in VOC layout, shapes5i for the drawn dataset, coco=folder, minicoco=folder or coco-pascal=folder, or another registered name.",
            valueName: "dataset"))
    var dataset = DatasetRegistry.shapes5i

    @Option(
        help: ArgumentHelp(
            "The folder of trn/fold0.txt, val/fold0.txt, ...; by default splits in the dataset.", valueName: "folder"))
    var lists: String?

    @Option(help: ArgumentHelp("The folder of label maps in the dataset.", valueName: "name"))
    var labels = "SegmentationClass"

    @OptionGroup var extra: DatasetExtraOptions

    @Option(help: ArgumentHelp("Images a class of shapes5i.", valueName: "count"))
    var imagesPerClass = FoldedShapes5i.defaultImagesPerClass

    func validate() throws {
        guard (2...100_000).contains(imagesPerClass) else {
            throw ValidationError("--images-per-class is \(imagesPerClass), expected 2...100000.")
        }
    }

    /// What was asked for.
    var choice: DatasetChoice {
        DatasetChoice(dataset, lists: lists, labels: labels, imagesPerClass: imagesPerClass, options: extra.options)
    }
}

/// What single datasets want to know.
struct DatasetExtraOptions: ParsableArguments {
    @Option(
        name: .customLong("dataset-option"),
        help: ArgumentHelp(
            "A choice of the dataset's own, such as crowds=void of coco; may be repeated.", valueName: "name=value"))
    var pairs: [String] = []

    /// By name.
    var options: [String: String] {
        let parts = pairs.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init) }
        return Dictionary(parts.map { ($0[0], $0.count == 2 ? $0[1] : "") }) { $1 }
    }

    func validate() throws {
        for pair in pairs where !pair.dropFirst().contains("=") {
            throw ValidationError("--dataset-option is \(pair), expected name=value.")
        }
        let names = pairs.map { $0.prefix { $0 != "=" } }
        guard Set(names).count == names.count else {
            throw ValidationError("--dataset-option names the same choice twice.")
        }
    }
}
