/// A dataset as manifests store it and commands name it.
public struct DatasetChoice: Codable, Hashable, Sendable {
    /// A registered name, `name=folder`, or the path of a VOC folder.
    public var dataset: String
    /// The folder of the lists; nil for the dataset's own.
    public var lists: String?
    /// The name of the folder of label maps.
    public var labels: String
    /// Images a class of a dataset that is drawn.
    public var imagesPerClass: Int
    /// What a dataset wants to know beside, by name; nil for nothing.
    public var options: [String: String]?

    /// What a command line names; paths become absolute, so that a manifest holds elsewhere, too.
    public init(
        _ argument: String, lists: String? = nil, labels: String = "SegmentationClass",
        imagesPerClass: Int = FoldedShapes5i.defaultImagesPerClass, options: [String: String] = [:]
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
        self.options = options.isEmpty ? nil : options
    }

    /// The registered name of the dataset.
    public var name: String { request.name }

    private var request: DatasetRequest {
        var request = DatasetRequest(argument: dataset)
        request.lists = lists
        request.labelFolder = labels
        request.imagesPerClass = imagesPerClass
        request.options = options ?? [:]
        return request
    }

    /// The dataset with its folds.
    ///
    /// - Throws: ``DatasetError``.
    public func folded() throws -> any FoldedDataset { try DatasetRegistry.dataset(request) }

    /// One part of a fold, kept in memory as it is loaded.
    ///
    /// - Throws: ``DatasetError``.
    public func dataset(_ part: DatasetPart, fold: Int) throws -> any FewShotDataset {
        CachedDataset(try folded().dataset(part, fold: fold))
    }

    /// The training list of a fold, or nil for those of all folds as one, kept in memory as it is loaded.
    ///
    /// - Throws: ``DatasetError``.
    public func training(fold: Int?) throws -> any FewShotDataset {
        if let fold { return try dataset(.training, fold: fold) }
        return CachedDataset(try folded().trainingOfAllFolds())
    }

    /// Refuses folds that the dataset does not have, before any work begins.
    ///
    /// - Throws: ``RunError/setting(_:found:expected:)``, and ``DatasetError`` for a dataset that cannot be opened.
    public func check(folds: [Int]) throws {
        let count = try folded().foldCount
        guard let wrong = folds.first(where: { !(0..<count).contains($0) }) else { return }
        throw RunError.setting("fold", found: "\(wrong)", expected: count == 1 ? "0, the only fold" : "0...\(count - 1)")
    }
}
