public import Foundation

/// PASCAL-5i and PASCAL-10i from a folder that ``PascalBuild`` made: lists follow from its index by a named rule, or are given.
///
/// PASCAL-10i has two folds of ten classes (DIaM).
public struct PascalFolds: FoldedDataset {
    /// Photos and labels.
    public let folder: VOCFolder
    /// What the lists are made of.
    public let index: LabelIndex
    /// 4 for PASCAL-5i, 2 for PASCAL-10i.
    public let foldCount: Int
    /// How the lists are made.
    public let rule: PascalListRule

    /// Opens a folder.
    ///
    /// - Throws: ``DatasetError`` for a folder that is no build of PASCAL.
    public init(root: URL, foldCount: Int = Pascal5i.foldCount, rule: PascalListRule = PascalListRule()) throws(DatasetError) {
        precondition(Pascal5i.classes.count % foldCount == 0, "PASCAL's 20 classes cannot be cut into \(foldCount) folds")
        guard FileBytes.exists(root.appendingPathComponent(LabelIndex.fileName)) else {
            throw DatasetError(
                file: root.path, found: "no \(LabelIndex.fileName)", expected: "a folder that fss data build pascal5i made",
                advice: "build it, or give lists for a folder in VOC layout with --lists")
        }
        folder = try VOCFolder(root: root)
        index = try LabelIndex(of: root)
        self.foldCount = foldCount
        self.rule = rule
    }

    /// Opens the dataset of a request: `pascal5i=<folder>`, `pascal10i=<folder>`; with lists any folder in VOC layout.
    ///
    /// Options: `train-set` (merge, trainaug, train), `min-pixels`, `novel` (drop, keep).
    ///
    /// - Throws: ``DatasetError`` for a request without a folder, unknown options, and a folder that is no build.
    static func dataset(_ request: DatasetRequest, foldCount: Int) throws -> any FoldedDataset {
        guard let path = request.path else {
            throw DatasetError(
                file: request.name, found: "no folder", expected: "a folder that fss data build pascal5i made",
                advice: "give \(request.name)=<folder>")
        }
        if request.lists != nil {
            var plain = try request.optionless()
            plain.foldCount = foldCount
            return try FoldedVOC(plain)
        }
        return try PascalFolds(root: URL(fileURLWithPath: path), foldCount: foldCount, rule: rule(request))
    }

    private static func rule(_ request: DatasetRequest) throws(DatasetError) -> PascalListRule {
        var rule = PascalListRule()
        for (name, value) in request.options.sorted(by: { $0.key < $1.key }) {
            func problem(_ expected: String) -> DatasetError {
                DatasetError(
                    file: "dataset \(request.name)", place: name, found: "\"\(value)\"", expected: expected,
                    advice: "correct the option")
            }
            switch name {
            case "train-set":
                guard PascalListRule.trainingSets.contains(value) else {
                    throw problem(PascalListRule.trainingSets.joined(separator: ", "))
                }
                rule.trainingSet = value
            case "min-pixels":
                guard let number = Int(value), (1...(1 << 28)).contains(number) else { throw problem("1...\(1 << 28)") }
                rule.minimumPixels = number
            case "novel":
                guard let choice = PascalListRule.NovelImages(rawValue: value) else { throw problem("drop or keep") }
                rule.novelImages = choice
            default: throw problem("one of the options train-set, min-pixels, novel")
            }
        }
        return rule
    }

    public var name: String { "pascal-\(Pascal5i.classes.count / foldCount)i" }

    public var classes: [FewShotClass] { Pascal5i.classes }

    /// The classes that a fold holds out.
    ///
    /// - Precondition: the fold exists.
    public func novelClasses(fold: Int) -> [FewShotClass] { Self.novelClasses(fold, of: foldCount) }

    private static func novelClasses(_ fold: Int, of foldCount: Int) -> [FewShotClass] {
        let count = Pascal5i.classes.count / foldCount
        return Array(Pascal5i.classes.dropFirst(fold * count).prefix(count))
    }

    /// The pairs of a part.
    static func items(
        _ index: LabelIndex, _ part: DatasetPart, fold: Int, foldCount: Int, rule: PascalListRule
    ) -> [DatasetItem] {
        let novel = Set(novelClasses(fold, of: foldCount).map(\.id))
        guard part == .training else {
            return index.items(of: "val", classes: novel, minimumPixels: rule.minimumPixels, dropsOthers: false)
        }
        let base = Set(Pascal5i.classes.map(\.id)).subtracting(novel)
        return index.items(
            of: rule.trainingSet, classes: base, minimumPixels: rule.minimumPixels, dropsOthers: rule.novelImages == .drop)
    }

    public func training(fold: Int) throws -> any FewShotDataset { try part(.training, fold) }

    public func validation(fold: Int) throws -> any FewShotDataset { try part(.validation, fold) }

    private func part(_ part: DatasetPart, _ fold: Int) throws(DatasetError) -> VOCDataset {
        try requireFold(fold)
        let items = Self.items(index, part, fold: fold, foldCount: foldCount, rule: rule)
        let novel = novelClasses(fold: fold)
        let allowed = part == .validation ? novel : classes.filter { !novel.contains($0) }
        guard !items.isEmpty else {
            throw DatasetError(
                file: folder.root.path,
                found: "no image of the classes of fold \(fold) in \(part == .training ? rule.trainingSet : "val")",
                expected: "images with at least \(rule.minimumPixels) pixels of a class",
                advice: "lower min-pixels, or build again")
        }
        let list = ItemList(
            file: folder.root.appendingPathComponent(LabelIndex.fileName).path, items: items, hash: DatasetItem.hash(of: items))
        let text = part == .training ? rule.text : "val, at least \(rule.minimumPixels) px"
        return try VOCDataset(
            folder: folder, list: list, classes: allowed, name: "\(name)/\(part.rawValue)/fold\(fold) (\(text))")
    }
}
