/// ``Shapes5i`` as a benchmark of four folds.
public struct FoldedShapes5i: FoldedDataset {
    /// What is drawn.
    public let shapes: Shapes5i

    /// The folds of a drawn dataset.
    public init(_ shapes: Shapes5i = Shapes5i()) { self.shapes = shapes }

    public var name: String { "shapes-5i" }
    public var foldCount: Int { Shapes5i.foldCount }
    public var classes: [FewShotClass] {
        Shapes5i.classNames.enumerated().map { FewShotClass(id: $0.offset + 1, name: $0.element) }
    }

    public func training(fold: Int) throws -> any FewShotDataset {
        try requireFold(fold)
        return Shapes5iDataset(shapes, split: .train, fold: fold)
    }

    public func validation(fold: Int) throws -> any FewShotDataset {
        try requireFold(fold)
        return Shapes5iDataset(shapes, split: .validation, fold: fold)
    }

    /// Images a class where nobody asks for another number.
    public static let defaultImagesPerClass = 60

    /// The images a class of a request.
    static func imagesPerClass(_ request: DatasetRequest) throws(DatasetError) -> Int {
        let count = request.imagesPerClass ?? defaultImagesPerClass
        guard (2...100_000).contains(count) else {
            throw DatasetError(
                file: request.name, found: "\(count) images a class", expected: "2...100000", advice: "choose another number")
        }
        guard request.path == nil else {
            throw DatasetError(
                file: request.name, found: "the folder \(request.path ?? "")", expected: "no folder: the dataset is drawn",
                advice: "give the name alone")
        }
        return count
    }
}
