internal import Foundation

/// The lists of a build of PASCAL, as files.
struct PascalListFiles {
    private let index: LabelIndex
    private let rule: PascalListRule

    init(_ index: LabelIndex, rule: PascalListRule) {
        self.index = index
        self.rule = rule
    }

    /// Writes `ImageSets/Segmentation/{train,val,trainaug,merge}.txt`, `splits/{trn,val}/fold{0..3}.txt` and `classes.txt`.
    func write(to folder: URL) throws(DatasetError) {
        let sets = folder.appendingPathComponent("ImageSets/Segmentation")
        try Folder.create(sets)
        for name in PascalPlan.sets {
            let lines = index.rows(of: name).map { "\($0.id)\n" }
            try TextFile.write(lines.joined(), to: sets.appendingPathComponent("\(name).txt"))
        }
        for part in DatasetPart.allCases {
            let splits = folder.appendingPathComponent("splits/\(part.rawValue)")
            try Folder.create(splits)
            for fold in 0..<Pascal5i.foldCount {
                let lines = PascalFolds.items(index, part, fold: fold, foldCount: Pascal5i.foldCount, rule: rule).map {
                    "\($0.id)__\($0.classID)\n"
                }
                try TextFile.write(lines.joined(), to: splits.appendingPathComponent("fold\(fold).txt"))
            }
        }
        let classes = Pascal5i.classes.map { "\($0.id) \($0.name)\n" }
        try TextFile.write("0 background\n" + classes.joined(), to: folder.appendingPathComponent("classes.txt"))
    }

    /// Reads the lists of others, to be taken along byte for byte: `{trn,val}/fold{0..3}.txt` of a folder.
    ///
    /// - Returns: where in the dataset each belongs, `lists/<name of their folder>`, and its bytes.
    /// - Throws: ``DatasetError`` for a folder without any of them, and a list that is none.
    static func found(_ path: String) throws(DatasetError) -> [(name: String, bytes: [UInt8])] {
        let source = URL(fileURLWithPath: path)
        var found: [(String, [UInt8])] = []
        for part in DatasetPart.allCases {
            for fold in 0..<Pascal5i.foldCount {
                let name = "\(part.rawValue)/fold\(fold).txt"
                let file = source.appendingPathComponent(name)
                guard FileBytes.exists(file) else { continue }
                _ = try ItemList(contentsOf: file, classes: Pascal5i.classes)
                let bytes = try TextFile.bytes(of: file, expected: ItemList.expectation)
                found.append(("lists/\(source.lastPathComponent)/\(name)", bytes))
            }
        }
        guard !found.isEmpty else {
            throw DatasetError(
                file: path, found: "no list", expected: "trn/fold0.txt, val/fold0.txt and so on",
                advice: "give the folder that holds trn and val, such as data/splits/pascal of HSNet")
        }
        return found
    }
}
