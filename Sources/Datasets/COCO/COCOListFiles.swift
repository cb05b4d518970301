internal import Foundation

/// The lists of a build of COCO, as files.
struct COCOListFiles {
    private let index: LabelIndex
    private let rule: COCOListRule
    private let year: Int

    init(_ index: LabelIndex, rule: COCOListRule, year: Int) { (self.index, self.rule, self.year) = (index, rule, year) }

    /// The name of a part: `train2014`.
    static func set(_ part: DatasetPart, _ year: Int) -> String { (part == .training ? "train" : "val") + "\(year)" }

    /// The pairs of a part of a fold.
    static func items(_ index: LabelIndex, _ part: DatasetPart, fold: Int, rule: COCOListRule, year: Int) -> [DatasetItem] {
        rule.items(part, fold: fold, of: index.rows(of: set(part, year)).lazy.map { (id: $0.id, pixels: $0.pixels) })
    }

    /// Writes `splits/{trn,val}/fold{0..3}.txt`, those without a pair left out, and `classes.txt`.
    func write(to folder: URL) throws(DatasetError) {
        for part in DatasetPart.allCases {
            let splits = folder.appendingPathComponent("splits/\(part.rawValue)")
            try Folder.create(splits)
            for fold in 0..<COCO20iClasses.foldCount {
                let items = Self.items(index, part, fold: fold, rule: rule, year: year)
                if items.isEmpty { continue }
                let lines = items.map { "\($0.id)__\($0.classID)\n" }
                try TextFile.write(lines.joined(), to: splits.appendingPathComponent("fold\(fold).txt"))
            }
        }
        let classes = COCO20iClasses.classes.map { "\($0.id) \($0.name)\n" }
        try TextFile.write("0 background\n" + classes.joined(), to: folder.appendingPathComponent("classes.txt"))
    }

    /// Reads the lists of others, to be taken along byte for byte, in any of the formats that ``COCO20i`` reads.
    ///
    /// - Returns: where in the dataset each belongs, `lists/<name of their folder>`, and its bytes.
    /// - Throws: ``DatasetError`` for a folder without any of them, and a list that is none.
    static func found(_ path: String) throws(DatasetError) -> [(name: String, bytes: [UInt8])] {
        let source = URL(fileURLWithPath: path)
        var found: [(String, [UInt8])] = []
        for part in DatasetPart.allCases {
            for fold in 0..<COCO20iClasses.foldCount {
                for file in COCOItemLists.files(source, part, fold) {
                    try COCOItemLists.check(file)
                    let place = "\(file.deletingLastPathComponent().lastPathComponent)/\(file.lastPathComponent)"
                    found.append(("lists/\(source.lastPathComponent)/\(place)", try COCOItemLists.bytes(of: file)))
                }
            }
        }
        guard !found.isEmpty else {
            throw DatasetError(
                file: path, found: "no list", expected: COCOItemLists.names(0).map { "val/\($0)" }.joined(separator: ", "),
                advice: "give the folder that holds trn (or train) and val, such as data/splits/coco of HSNet")
        }
        return found
    }
}
