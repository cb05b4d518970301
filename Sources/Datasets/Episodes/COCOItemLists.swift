internal import Foundation
internal import TensorCore

/// Lists of COCO-20i in the formats of the field.
enum COCOItemLists {
    /// The list of a part; nil where the folder has none.
    static func file(_ folder: URL, _ part: DatasetPart, _ fold: Int) -> URL? {
        let folders = part == .training ? ["trn", "train"] : ["val"]
        let names = ["fold\(fold).pkl", "fold\(fold).txt", "sub_class_file_list_\(fold).txt"]
        let all = folders.flatMap { place in names.map { folder.appendingPathComponent("\(place)/\($0)") } }
        return all.first { FileBytes.exists($0) }
    }

    /// Reads the list of a part.
    ///
    /// Ids become `val2014/COCO_val2014_000000507081.jpg` whatever folder of its author's a list names.
    ///
    /// - Throws: ``DatasetError`` for a missing or unusable list, and for classes that the fold does not have.
    static func read(
        _ folder: URL, _ part: DatasetPart, _ fold: Int, classes: [FewShotClass], folds: COCOFolds
    ) throws(DatasetError) -> ItemList {
        guard let file = file(folder, part, fold) else {
            throw DatasetError(
                file: folder.path, found: "no list of fold \(fold)",
                expected: "\(part.rawValue)/fold\(fold).pkl, fold\(fold).txt or sub_class_file_list_\(fold).txt",
                advice: "give the folder that holds trn and val")
        }
        var list = try read(file)
        list.items = try list.items.map { (item) throws(DatasetError) in
            DatasetItem(id: try id(item.id, file: file), classID: item.classID)
        }
        let known = Set(classes.map(\.id))
        if let wrong = list.items.first(where: { !known.contains($0.classID) }) {
            throw DatasetError(
                file: file.path, found: "the class \(wrong.classID)",
                expected: "the \(part == .training ? "base" : "novel") classes of fold \(fold), \(folds.rawValue)",
                advice: "check that list, fold and the option folds belong together")
        }
        guard !list.items.isEmpty else {
            throw DatasetError(
                file: file.path, found: "no pair", expected: "images of classes", advice: "check how the list was made")
        }
        return list
    }

    private static func read(_ file: URL) throws(DatasetError) -> ItemList {
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
        return "list \(URL(fileURLWithPath: list.file).lastPathComponent)"
    }

    /// The digests of `data/splits/coco/{trn,val}/fold{0..3}.pkl` of HSNet.
    private static let hsnet: Set<String> = [
        "5a94e113d8c150a7", "69629cdd84fd57b3", "594adc4b8ebecf9b", "07b38ccc9e15ebfd",
        "96002389be83b473", "a34deecdf2858fc4", "0f275c5e9bf538f6", "927597bd78036a46",
    ]
}

/// Lists of BAM and its successors: the text of a Python dictionary from class to pairs of photo and label map.
///
/// Only brackets, numbers and quoted texts without escapes are read; anything else is refused.
enum ClassFileList {
    static func load(_ url: URL) throws(DatasetError) -> ItemList {
        let expected = "{class: [('photo', 'label map'), ...], ...} (sub_class_file_list of BAM)"
        let bytes = try TextFile.bytes(of: url, expected: expected)
        var reader = Reader(bytes: bytes)
        do throws(Fault) {
            return ItemList(file: url.path, items: try reader.items(), hash: SHA256.hex(bytes))
        } catch {
            throw DatasetError(
                file: url.path, place: "byte \(error.position)", found: error.found, expected: expected,
                advice: "take the list from its repository again")
        }
    }

    private struct Fault: Error {
        var position: Int
        var found: String
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        mutating func items() throws(Fault) -> [DatasetItem] {
            var items: [DatasetItem] = []
            try take("{")
            while peek() != UInt8(ascii: "}") {
                let classID = try number()
                try take(":")
                try take("[")
                while peek() != UInt8(ascii: "]") {
                    try take("(")
                    items.append(DatasetItem(id: try text(), classID: classID))
                    while peek() == UInt8(ascii: ",") {
                        at += 1
                        if peek() != UInt8(ascii: ")") { _ = try text() }
                    }
                    try take(")")
                    try separator(before: "]")
                }
                try take("]")
                try separator(before: "}")
            }
            try take("}")
            guard peek() == nil else { throw unexpected() }
            return items
        }

        private mutating func peek() -> UInt8? {
            while at < bytes.count, [0x20, 9, 10, 13].contains(bytes[at]) { at += 1 }
            return at < bytes.count ? bytes[at] : nil
        }

        private func unexpected() -> Fault {
            guard at < bytes.count else { return Fault(position: at, found: "the end of the file") }
            return Fault(position: at, found: "\"\(String(decoding: bytes[at...].prefix(12), as: UTF8.self))\"")
        }

        private mutating func take(_ mark: Unicode.Scalar) throws(Fault) {
            guard peek() == UInt8(ascii: mark) else { throw unexpected() }
            at += 1
        }

        private mutating func separator(before end: Unicode.Scalar) throws(Fault) {
            if peek() == UInt8(ascii: ",") {
                at += 1
            } else if peek() != UInt8(ascii: end) {
                throw unexpected()
            }
        }

        private mutating func number() throws(Fault) -> Int {
            _ = peek()
            let digits = bytes[at...].prefix { (48...57).contains($0) }
            guard digits.count <= 9, let value = Int(String(decoding: digits, as: UTF8.self)) else { throw unexpected() }
            at += digits.count
            return value
        }

        private mutating func text() throws(Fault) -> String {
            guard let quote = peek(), [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(quote) else { throw unexpected() }
            let body = bytes[(at + 1)...].prefix { $0 != quote && $0 != UInt8(ascii: "\\") && $0 != 10 }
            guard body.endIndex < bytes.count, bytes[body.endIndex] == quote else { throw unexpected() }
            at = body.endIndex + 1
            return String(decoding: body, as: UTF8.self)
        }
    }
}
