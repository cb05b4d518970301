internal import Foundation
internal import TensorCore

/// Lists of COCO-20i in the formats of the field.
enum COCOItemLists {
    /// The names of a fold's lists, the first that is there is meant.
    static func names(_ fold: Int) -> [String] {
        ["fold\(fold).pkl", "fold\(fold).txt", "sub_class_file_list_\(fold).txt", "data_list_\(fold).txt"]
    }

    /// The lists of a part.
    static func files(_ folder: URL, _ part: DatasetPart, _ fold: Int) -> [URL] {
        let folders = part == .training ? ["trn", "train"] : ["val"]
        let all = folders.flatMap { place in names(fold).map { folder.appendingPathComponent("\(place)/\($0)") } }
        return all.filter { FileBytes.exists($0) }
    }

    /// The list of a part; nil where the folder has none.
    static func file(_ folder: URL, _ part: DatasetPart, _ fold: Int) -> URL? { files(folder, part, fold).first }

    /// Reads the list of a part.
    ///
    /// Ids become `val2014/COCO_val2014_000000507081.jpg` whatever folder of its author's a list names.
    ///
    /// - Parameters:
    ///   - rule: what a class needs in an image of a list that names no classes.
    ///   - pixels: the pixels of every class in an image, for such a list.
    /// - Throws: ``DatasetError`` for a missing or unusable list, and for classes that the fold does not have; what `pixels` throws.
    static func read(
        _ folder: URL, _ part: DatasetPart, _ fold: Int, rule: COCOListRule, pixels: (String) throws -> [Int: Int]
    ) throws -> ItemList {
        guard let file = file(folder, part, fold) else {
            throw DatasetError(
                file: folder.path, found: "no list of fold \(fold)",
                expected: "\(part.rawValue)/\(names(fold).joined(separator: ", "))",
                advice: "give the folder that holds trn and val")
        }
        let known = Set(rule.classes(part, fold: fold).map(\.id))
        var list: ItemList
        if PhotoPairList.isPairList(file) {
            list = try PhotoPairList.load(file)
            list.items = try list.items.flatMap { pair in
                let id = try id(pair.id, file: file)
                let shown = try pixels(id).filter { known.contains($0.key) && $0.value >= rule.minimumPixels }
                return shown.keys.sorted().map { DatasetItem(id: id, classID: $0) }
            }
        } else {
            list = try load(file)
            list.items = try list.items.map { DatasetItem(id: try id($0.id, file: file), classID: $0.classID) }
        }
        if let wrong = list.items.first(where: { !known.contains($0.classID) }) {
            throw DatasetError(
                file: file.path, found: "the class \(wrong.classID)",
                expected: "the \(part == .training ? "base" : "novel") classes of fold \(fold), \(rule.folds.rawValue)",
                advice: "check that list, fold and the option folds belong together")
        }
        guard !list.items.isEmpty else {
            throw DatasetError(
                file: file.path, found: "no pair", expected: "images of classes", advice: "check how the list was made")
        }
        return list
    }

    /// - Throws: ``DatasetError`` for a file that is no list.
    static func check(_ file: URL) throws(DatasetError) {
        _ = PhotoPairList.isPairList(file) ? try PhotoPairList.load(file) : try load(file)
    }

    /// The bytes of a list's file.
    static func bytes(of file: URL) throws(DatasetError) -> [UInt8] {
        do throws(FileFailure) {
            return try FileBytes.read(file)
        } catch {
            throw DatasetError(file: file.path, found: error.found, expected: "a list of COCO-20i", advice: error.advice)
        }
    }

    private static func load(_ file: URL) throws(DatasetError) -> ItemList {
        if file.pathExtension == "pkl" { return try COCOItemList.load(file) }
        if file.lastPathComponent.hasPrefix("sub_class_file_list") { return try ClassFileList.load(file) }
        return try ItemList(contentsOf: file, classes: COCO20iClasses.classes)
    }

    /// The last folder and the name, with the ending of a photo.
    private static func id(_ text: String, file: URL) throws(DatasetError) -> String {
        let parts = text.replacing("\\", with: "/").split(separator: "/")
        guard let name = parts.last, COCOPhotos.number(text) != nil, !parts.suffix(2).contains("..") else {
            throw DatasetError(
                file: file.path, found: "the image \"\(text.prefix(80))\"",
                expected: "a photo of COCO such as val2014/COCO_val2014_000000507081.jpg", advice: "correct the list")
        }
        let ending = name.contains(".") ? "" : ".jpg"
        return parts.suffix(2).joined(separator: "/") + ending
    }

    /// Whose list this is: known by its digest, or the name of its file.
    static func origin(_ list: ItemList) -> String {
        let prefix = String(list.hash.prefix(16))
        if hsnet.contains(prefix) { return "HSNet's list" }
        if MiniCOCO20i.listHashes.values.contains(prefix) { return "DifFSS's list" }
        if let owner = PhotoPairList.owner(prefix) { return "\(owner)'s list" }
        return "list \(URL(fileURLWithPath: list.file).lastPathComponent)"
    }

    /// The digests of `data/splits/coco/{trn,val}/fold{0..3}.pkl` of HSNet.
    private static let hsnet: Set<String> = [
        "5a94e113d8c150a7", "69629cdd84fd57b3", "594adc4b8ebecf9b", "07b38ccc9e15ebfd",
        "96002389be83b473", "a34deecdf2858fc4", "0f275c5e9bf538f6", "927597bd78036a46",
    ]
}
