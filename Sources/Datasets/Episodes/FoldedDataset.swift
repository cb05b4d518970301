/// A benchmark whose classes are cut into folds: each fold in turn is held out, and models are trained on the classes of the others.
public protocol FoldedDataset: Sendable {
    /// A short name for manifests.
    var name: String { get }
    /// All classes, in order.
    var classes: [FewShotClass] { get }
    /// The number of folds.
    var foldCount: Int { get }

    /// What whoever reads scores on this dataset should know; by default nothing.
    var remarks: [String] { get }
    /// Whether a part is there; a dataset may come with some of its lists. By default all are.
    func has(_ part: DatasetPart, fold: Int) -> Bool
    /// What a check tells beside lists and images: counts, sizes and digests of files. By default nothing.
    func inventory() -> DatasetInventory
    /// The images of the classes that a fold trains on.
    func training(fold: Int) throws -> any FewShotDataset
    /// The images of the classes that a fold holds out.
    func validation(fold: Int) throws -> any FewShotDataset
}

/// One half of a fold.
public enum DatasetPart: String, Sendable, Codable, CaseIterable {
    /// Base classes.
    case training = "trn"
    /// Novel classes.
    case validation = "val"
}

extension FoldedDataset {
    public var remarks: [String] { [] }

    public func inventory() -> DatasetInventory { DatasetInventory() }

    public func has(_ part: DatasetPart, fold: Int) -> Bool { (0..<foldCount).contains(fold) }

    /// One part of a fold.
    ///
    /// - Throws: ``DatasetError`` for a fold that does not exist, and whatever the dataset throws.
    public func dataset(_ part: DatasetPart, fold: Int) throws -> any FewShotDataset {
        try requireFold(fold)
        return part == .training ? try training(fold: fold) : try validation(fold: fold)
    }

    /// - Throws: ``DatasetError`` for a fold that does not exist.
    func requireFold(_ fold: Int) throws(DatasetError) {
        guard !(0..<foldCount).contains(fold) else { return }
        let expected = foldCount == 1 ? "fold 0, the only one" : "a fold of 0...\(foldCount - 1)"
        throw DatasetError(file: name, found: "fold \(fold)", expected: expected, advice: "choose another fold")
    }
}
