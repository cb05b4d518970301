public import Foundation
internal import TensorCore

/// A VOC folder with the lists of a cross-validated few-shot benchmark: `trn/fold0.txt`, `val/fold0.txt` and so on.
///
/// Classes are `classes.txt` of the folder (lines `id name`, 0 the background), the names of its `labelmap.txt` or PASCAL's
/// twenty. The classes are cut into folds in order; a fold's novel classes are its own, all others are base classes.
///
/// Two kinds of training lists are understood: those that hold the base classes of their fold, and HSNet's, where
/// `trn/fold1.txt` holds the classes of fold 1, so that the training list of a fold is made of those of the others. Lists of
/// images without classes (`image label` a line, or the image alone) are read, too: their label maps tell the classes.
public struct FoldedVOC: FoldedDataset {
    /// Photos and labels.
    public let folder: VOCFolder
    /// The folder of `trn` and `val`.
    public let lists: URL
    /// All classes, in order.
    public let classes: [FewShotClass]
    /// The number of folds.
    public let foldCount: Int
    /// Folds where nobody asks for another number, as PASCAL-5i has them.
    public static let defaultFoldCount = Pascal5i.foldCount

    /// Opens a dataset.
    ///
    /// - Parameters:
    ///   - root: the folder of the dataset.
    ///   - lists: the folder of the lists; `splits` of the dataset by default.
    ///   - labelFolder: the name of the folder of label maps.
    ///   - foldCount: the number of folds that the classes are cut into.
    /// - Throws: ``DatasetError`` for missing folders and an unusable class list.
    public init(
        root: URL, lists: URL? = nil, labelFolder: String = "SegmentationClass", foldCount: Int = defaultFoldCount
    ) throws(DatasetError) {
        folder = try VOCFolder(root: root, labelFolder: labelFolder)
        self.lists = lists ?? root.appendingPathComponent("splits")
        self.foldCount = foldCount
        classes = try Self.classes(of: root, foldCount: foldCount)
    }

    /// Opens the dataset of a request.
    ///
    /// - Throws: ``DatasetError`` for a request without a path, missing folders and an unusable class list.
    public init(_ request: DatasetRequest) throws(DatasetError) {
        guard let path = request.path else {
            throw DatasetError(
                file: request.name, found: "no folder", expected: "the folder of a dataset in VOC layout",
                advice: "give \(request.name)=<folder>")
        }
        try self.init(
            root: URL(fileURLWithPath: path), lists: request.lists.map { URL(fileURLWithPath: $0) },
            labelFolder: request.labelFolder ?? "SegmentationClass", foldCount: request.foldCount ?? Self.defaultFoldCount)
    }

    /// The name of the folder.
    public var name: String { folder.root.lastPathComponent }

    public func has(_ part: DatasetPart, fold: Int) -> Bool {
        (0..<foldCount).contains(fold) && FileBytes.exists(list(part.rawValue, fold))
    }

    /// The classes that a fold holds out.
    public func novelClasses(fold: Int) -> [FewShotClass] {
        let count = classes.count / foldCount
        return Array(classes.dropFirst(fold * count).prefix(count))
    }

    /// The classes that a model of a fold may be trained on.
    public func baseClasses(fold: Int) -> [FewShotClass] {
        let novel = Set(novelClasses(fold: fold))
        return classes.filter { !novel.contains($0) }
    }

    /// The training images of a fold.
    ///
    /// - Throws: ``DatasetError`` for a missing list, a list with novel classes, or missing files.
    public func training(fold: Int) throws(DatasetError) -> any FewShotDataset {
        try requireFold(fold)
        let own = try ItemList(contentsOf: list("trn", fold), classes: classes, folder: folder)
        let novel = Set(novelClasses(fold: fold).map(\.id))
        guard own.items.allSatisfy({ novel.contains($0.classID) }) else {
            return try dataset(
                ItemList(contentsOf: list("trn", fold), classes: baseClasses(fold: fold), folder: folder), "trn", fold)
        }
        let texts = try (0..<foldCount).filter { $0 != fold }.map { (other) throws(DatasetError) in
            try ItemList(contentsOf: list("trn", other), classes: novelClasses(fold: other), folder: folder).items
        }
        let lines = texts.joined().map { "\($0.id)__\($0.classID)" }
        let joined = try ItemList(
            lines.joined(separator: "\n"), name: "\(lists.path)/trn without fold \(fold)", classes: baseClasses(fold: fold))
        return try dataset(joined, "trn", fold)
    }

    /// The test images of a fold.
    ///
    /// - Throws: ``DatasetError`` for a missing list, a list with base classes, or missing files.
    public func validation(fold: Int) throws(DatasetError) -> any FewShotDataset {
        try requireFold(fold)
        return try dataset(
            ItemList(contentsOf: list("val", fold), classes: novelClasses(fold: fold), folder: folder), "val", fold)
    }

    /// Where a list is.
    public func list(_ split: String, _ fold: Int) -> URL { lists.appendingPathComponent("\(split)/fold\(fold).txt") }

    private func dataset(_ list: ItemList, _ split: String, _ fold: Int) throws(DatasetError) -> VOCDataset {
        let classes = split == "trn" ? baseClasses(fold: fold) : novelClasses(fold: fold)
        let name = "\(folder.root.lastPathComponent)/\(lists.lastPathComponent)/\(split)/fold\(fold)"
        return try VOCDataset(folder: folder, list: list, classes: classes, name: name)
    }

    private static func classes(of root: URL, foldCount: Int) throws(DatasetError) -> [FewShotClass] {
        guard let classes = try ClassList.read(root) else { return Pascal5i.classes }
        guard foldCount > 0, classes.count >= foldCount, Set(classes.map(\.id)).count == classes.count else {
            throw DatasetError(
                file: root.appendingPathComponent("classes.txt").path, found: "\(classes.count) classes, or an id twice",
                expected: "at least \(foldCount) different classes",
                advice: "correct the file, or remove it for PASCAL's classes")
        }
        return classes
    }
}
