public import Foundation
internal import TensorCore

/// COCO to PASCAL: models of a fold of COCO-20i are tested on the classes of PASCAL VOC that the fold has not seen (RePRI, FPTrans).
///
/// Test images are those of VOC's `val` (or of lists of PASCAL-5i, put together anew). The training part is COCO-20i's; it is made
/// from the folder that the option `coco` names.
public struct COCOToPascal: FoldedDataset {
    /// The classes of VOC, by their names in the fold of COCO-20i that holds them out.
    ///
    /// `src/dataset/classes.py` of RePRI numbers cat 7 and car 8, the other way round, so that these two change folds in code that follows it.
    static let folds = [[1, 4, 9, 11, 12, 15], [2, 6, 13, 18], [3, 7, 16, 17, 19, 20], [5, 8, 10, 14]]

    private let folder: VOCFolder
    private let lists: URL?
    private let base: COCO20i?

    /// Opens a VOC folder.
    ///
    /// - Parameters:
    ///   - root: a folder in VOC layout.
    ///   - lists: the folder of PASCAL-5i's `val/fold{0..3}.txt`; nil for `splits` of the dataset where it is there, else for
    ///     `ImageSets/Segmentation/val.txt`.
    ///   - labelFolder: the name of the folder of label maps.
    ///   - base: COCO-20i, for training.
    /// - Throws: ``DatasetError`` for missing folders.
    public init(
        root: URL, lists: URL? = nil, labelFolder: String = "SegmentationClass", base: COCO20i? = nil
    ) throws(DatasetError) {
        folder = try VOCFolder(root: root, labelFolder: labelFolder)
        let own = root.appendingPathComponent("splits")
        self.lists = lists ?? (FileBytes.exists(Self.list(own, 0)) ? own : nil)
        self.base = base
    }

    /// Opens the dataset of a request: `coco-pascal=<VOC folder>`, with the option `coco=<folder>` for training.
    ///
    /// - Throws: ``DatasetError`` for a request without a folder or with other options, and for missing folders.
    public init(_ request: DatasetRequest) throws(DatasetError) {
        guard let path = request.path else {
            throw DatasetError(
                file: request.name, found: "no folder", expected: "the folder of PASCAL VOC",
                advice: "give \(request.name)=<folder>")
        }
        var rest = request
        let coco = rest.options.removeValue(forKey: "coco")
        (rest.path, rest.lists, rest.labelFolder) = (coco, nil, nil)
        let options = try COCO20iOptions(rest)
        let base = try coco.map { (path) throws(DatasetError) in try COCO20i(root: URL(fileURLWithPath: path), options: options) }
        try self.init(
            root: URL(fileURLWithPath: path), lists: request.lists.map { URL(fileURLWithPath: $0) },
            labelFolder: request.labelFolder ?? "SegmentationClass", base: base)
    }

    public var name: String { "coco-to-pascal" }

    public var classes: [FewShotClass] { Pascal5i.classes }

    public var foldCount: Int { Self.folds.count }

    /// The test part alone: classes of the training part are COCO's and have other ids.
    public func has(_ part: DatasetPart, fold: Int) -> Bool { part == .validation && (0..<foldCount).contains(fold) }

    /// The classes of VOC that a fold tests.
    ///
    /// - Precondition: `fold` is in `0..<4`.
    public func novelClasses(fold: Int) -> [FewShotClass] { classes.filter { Self.folds[fold].contains($0.id) } }

    public func training(fold: Int) throws -> any FewShotDataset {
        try requireFold(fold)
        guard let base else {
            throw DatasetError(
                file: name, found: "no folder of COCO", expected: "COCO-20i, on which models of this benchmark are trained",
                advice: "give the option coco=<folder>")
        }
        return try base.training(fold: fold)
    }

    public func validation(fold: Int) throws -> any FewShotDataset {
        try requireFold(fold)
        let classes = novelClasses(fold: fold)
        let all = try items()
        let wanted = Set(classes.map(\.id))
        let items = all.items.filter { wanted.contains($0.classID) }
        guard !items.isEmpty else {
            throw DatasetError(
                file: all.file, found: "no image of the classes of fold \(fold)", expected: "images of \(classes.map(\.name))",
                advice: "give other lists")
        }
        let list = ItemList(file: all.file, items: items, hash: DatasetItem.hash(of: items))
        return try VOCDataset(folder: folder, list: list, classes: classes, name: "\(name)/val/fold\(fold) (\(all.source))")
    }

    private static func list(_ folder: URL, _ fold: Int) -> URL { folder.appendingPathComponent("val/fold\(fold).txt") }

    /// All pairs of the test images.
    private func items() throws -> (items: [DatasetItem], file: String, source: String) {
        if let lists {
            let all = try (0..<Pascal5i.foldCount).map { (fold) throws(DatasetError) in
                try ItemList(contentsOf: Self.list(lists, fold), classes: Pascal5i.classes, folder: folder).items
            }
            return (Array(all.joined()), lists.path, "PASCAL-5i lists of \(lists.lastPathComponent)")
        }
        let file = folder.root.appendingPathComponent("ImageSets/Segmentation/val.txt")
        let ids = try TextFile.read(file, expected: "ids of VOC's validation images").split(whereSeparator: \.isWhitespace)
        try folder.check(ids.map(String.init))
        let items = try ids.flatMap { id in
            try folder.labels(String(id)).classIDs.sorted().map { DatasetItem(id: String(id), classID: $0) }
        }
        return (items, file.path, "VOC val")
    }
}
