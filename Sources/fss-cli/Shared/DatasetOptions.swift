internal import ArgumentParser
internal import Datasets

/// The options that name a dataset.
struct DatasetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder in VOC layout, shapes5i (the default) for the drawn dataset, or another registered name, name=folder where it needs one.",
            valueName: "dataset"))
    var dataset: String?

    @Option(
        help: ArgumentHelp(
            "The folder of trn/fold0.txt, val/fold0.txt, ...; by default splits in the dataset.", valueName: "folder"))
    var lists: String?

    @Option(help: ArgumentHelp("The folder of label maps in the dataset; SegmentationClass by default.", valueName: "name"))
    var labels: String?

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
            imagesPerClass: imagesPerClass ?? FoldedShapes5i.defaultImagesPerClass)
    }

    /// The dataset of an earlier run in the places that are named.
    func moved(_ earlier: DatasetChoice) -> DatasetChoice {
        guard dataset != nil || lists != nil else { return earlier }
        return DatasetChoice(
            dataset ?? earlier.dataset, lists: lists ?? earlier.lists, labels: earlier.labels,
            imagesPerClass: earlier.imagesPerClass)
    }

    /// What decides a run's results.
    var deciding: [(name: String, isGiven: Bool)] {
        [("--labels", labels != nil), ("--images-per-class", imagesPerClass != nil)]
    }
}
