internal import ArgumentParser
internal import Datasets
internal import Foundation

/// A dataset as manifests store it.
struct DatasetChoice: Codable, Hashable {
    /// "shapes5i" or the path of a VOC folder.
    var dataset: String
    /// The folder of the lists; nil for the dataset's own.
    var lists: String?
    /// The name of the folder of label maps.
    var labels: String
    /// Images a class that Shapes-5i lists.
    var imagesPerClass: Int

    /// The name of the drawn dataset.
    static let shapes = "shapes5i"
    /// Images a class of the drawn dataset, where nobody asks for another number.
    static let imagesPerClass = 60

    /// The images of base classes.
    func training(fold: Int) throws -> any FewShotDataset {
        if dataset == Self.shapes { return CachedDataset(Shapes5iDataset(shapes, split: .train, fold: fold)) }
        return CachedDataset(try folded.training(fold: fold))
    }

    /// The images of novel classes.
    func validation(fold: Int) throws -> any FewShotDataset {
        if dataset == Self.shapes { return CachedDataset(Shapes5iDataset(shapes, split: .validation, fold: fold)) }
        return CachedDataset(try folded.validation(fold: fold))
    }

    private var shapes: Shapes5i { Shapes5i(imagesPerClass: imagesPerClass) }

    private var folded: FoldedVOC {
        get throws {
            try FoldedVOC(
                root: URL(fileURLWithPath: dataset), lists: lists.map { URL(fileURLWithPath: $0) }, labelFolder: labels)
        }
    }
}

/// The options that name a dataset.
struct DatasetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A folder in VOC layout, or shapes5i for the drawn dataset.", valueName: "folder"))
    var dataset = DatasetChoice.shapes

    @Option(
        help: ArgumentHelp(
            "The folder of trn/fold0.txt, val/fold0.txt, ...; by default splits in the dataset.", valueName: "folder"))
    var lists: String?

    @Option(help: ArgumentHelp("The folder of label maps in the dataset.", valueName: "name"))
    var labels = "SegmentationClass"

    @Option(help: ArgumentHelp("Images a class of shapes5i.", valueName: "count"))
    var imagesPerClass = DatasetChoice.imagesPerClass

    func validate() throws {
        guard (2...100_000).contains(imagesPerClass) else {
            throw ValidationError("--images-per-class is \(imagesPerClass), expected 2...100000.")
        }
    }

    /// What was asked for.
    var choice: DatasetChoice {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        return DatasetChoice(
            dataset: dataset == DatasetChoice.shapes ? dataset : absolute(dataset), lists: lists.map(absolute),
            labels: labels, imagesPerClass: imagesPerClass)
    }
}
