internal import ArgumentParser
internal import Datasets

/// The options that name a dataset.
struct DatasetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder in VOC layout, shapes5i (the default) for the drawn dataset, coco=folder, minicoco=folder, coco-pascal=folder, pascal5i=folder, pascal10i=folder or fss1000=folder, or another registered name.",
            valueName: "dataset"))
    var dataset: String?

    @Option(
        help: ArgumentHelp(
            "The folder of trn/fold0.txt, val/fold0.txt, ...; by default splits in the dataset.", valueName: "folder"))
    var lists: String?

    @Option(help: ArgumentHelp("The folder of label maps in the dataset; SegmentationClass by default.", valueName: "name"))
    var labels: String?

    @OptionGroup var extra: DatasetExtraOptions

    @Option(
        help: ArgumentHelp(
            "Images a class of shapes5i; \(FoldedShapes5i.defaultImagesPerClass) by default.", valueName: "count"))
    var imagesPerClass: Int?

    func validate() throws {
        if let imagesPerClass, !(2...100_000).contains(imagesPerClass) {
            throw ValidationError("--images-per-class is \(imagesPerClass), expected 2...100000.")
        }
    }

    /// Refuses options that the dataset does not read. Datasets of other packages may read all of them.
    func checkUse() throws {
        let name = choice.name
        for (option, value) in [("lists", lists), ("labels", labels)] where name == DatasetRegistry.shapes5i && value != nil {
            throw ValidationError("--\(option) belongs to a dataset of files, but \(name) is drawn; add --dataset <folder>.")
        }
        if name == DatasetRegistry.voc && imagesPerClass != nil {
            throw ValidationError("--images-per-class belongs to shapes5i; \(choice.dataset) has the images of its lists.")
        }
    }

    /// What was asked for.
    var choice: DatasetChoice {
        DatasetChoice(
            dataset ?? DatasetRegistry.shapes5i, lists: lists, labels: labels ?? "SegmentationClass",
            imagesPerClass: imagesPerClass ?? FoldedShapes5i.defaultImagesPerClass, options: extra.options)
    }

    /// The dataset of an earlier run in the places that are named.
    func moved(_ earlier: DatasetChoice) -> DatasetChoice {
        guard dataset != nil || lists != nil else { return earlier }
        return DatasetChoice(
            dataset ?? earlier.dataset, lists: lists ?? earlier.lists, labels: earlier.labels,
            imagesPerClass: earlier.imagesPerClass, options: earlier.options ?? [:])
    }

    /// What decides a run's results.
    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--labels", labels != nil), ("--images-per-class", imagesPerClass != nil),
            ("--dataset-option", !extra.pairs.isEmpty),
        ]
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
