internal import ArgumentParser
internal import Datasets

/// The options that name a dataset.
struct DatasetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder in VOC layout, shapes5i for the drawn dataset, or another registered name, name=folder where it needs one.",
            valueName: "dataset"))
    var dataset = DatasetRegistry.shapes5i

    @Option(
        help: ArgumentHelp(
            "The folder of trn/fold0.txt, val/fold0.txt, ...; by default splits in the dataset.", valueName: "folder"))
    var lists: String?

    @Option(help: ArgumentHelp("The folder of label maps in the dataset.", valueName: "name"))
    var labels = "SegmentationClass"

    @Option(help: ArgumentHelp("Images a class of shapes5i.", valueName: "count"))
    var imagesPerClass = FoldedShapes5i.defaultImagesPerClass

    func validate() throws {
        guard (2...100_000).contains(imagesPerClass) else {
            throw ValidationError("--images-per-class is \(imagesPerClass), expected 2...100000.")
        }
    }

    /// What was asked for.
    var choice: DatasetChoice { DatasetChoice(dataset, lists: lists, labels: labels, imagesPerClass: imagesPerClass) }
}

extension DatasetOptions {
    /// Whether nobody asked for a dataset.
    var isDefault: Bool {
        choice == DatasetChoice(DatasetRegistry.shapes5i)
    }
}
