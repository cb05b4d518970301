internal import ArgumentParser
internal import Datasets

/// A dataset as manifests store it.
struct DatasetChoice: Codable, Hashable {
    /// A registered name, `name=folder`, or the path of a VOC folder.
    var dataset: String
    /// The folder of the lists; nil for the dataset's own.
    var lists: String?
    /// The name of the folder of label maps.
    var labels: String
    /// Images a class of a dataset that is drawn.
    var imagesPerClass: Int

    /// What a command line names; paths become absolute, so that a manifest holds elsewhere, too.
    init(
        _ argument: String, lists: String? = nil, labels: String = "SegmentationClass",
        imagesPerClass: Int = FoldedShapes5i.defaultImagesPerClass
    ) {
        let request = DatasetRequest(argument: argument)
        switch (request.name, request.path) {
        case (_, nil): dataset = request.name
        case (DatasetRegistry.voc, let path?): dataset = path
        case (let name, let path?): dataset = "\(name)=\(path)"
        }
        self.lists = lists.map { DatasetRequest(argument: "\(DatasetRegistry.voc)=\($0)").path ?? $0 }
        self.labels = labels
        self.imagesPerClass = imagesPerClass
    }

    /// The registered name of the dataset.
    var name: String { request.name }

    private var request: DatasetRequest {
        var request = DatasetRequest(argument: dataset)
        request.lists = lists
        request.labelFolder = labels
        request.imagesPerClass = imagesPerClass
        return request
    }

    /// The dataset with its folds.
    func folded() throws -> any FoldedDataset { try DatasetRegistry.dataset(request) }

    /// One part of a fold, kept in memory as it is loaded.
    func dataset(_ part: DatasetPart, fold: Int) throws -> any FewShotDataset {
        CachedDataset(try folded().dataset(part, fold: fold))
    }

    /// Refuses folds that the dataset does not have, before any work begins.
    func check(folds: [Int]) throws {
        let count = try folded().foldCount
        guard let wrong = folds.first(where: { !(0..<count).contains($0) }) else { return }
        throw ValidationError("--fold is \(wrong), expected 0...\(count - 1).")
    }
}

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
