internal import Foundation
internal import TensorCore

/// A list of images without classes: `image label` a line, as PFENet and its successors have it, or the image alone (VOC's
/// `ImageSets`).
///
/// Which classes an image is listed for follows from its label map: every class that occurs in it, in ascending order.
struct ImageList {
    /// Ids of images, without folder and ending.
    var ids: [String]

    private static let expected = "lines \"id__class\", \"image label\" or \"image\""

    /// nil for a list of pairs `id__class`, which the first line tells.
    ///
    /// - Throws: ``DatasetError`` for a line that leads out of the folder, or to labels in another folder.
    init?(_ text: String, file: String, folder: VOCFolder) throws(DatasetError) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        ids = []
        for (index, line) in lines.enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let image = words.first else { continue }
            if ids.isEmpty && ItemList.isPair(line) { return nil }
            func problem(_ found: String, _ advice: String) -> DatasetError {
                DatasetError(file: file, place: "line \(index + 1)", found: found, expected: Self.expected, advice: advice)
            }
            guard words.count <= 2 else { throw problem("\(words.count) words", "correct the line") }
            let id = try Self.id(image, folder: folder.imageFolder, problem)
            if words.count == 2 {
                let label = try Self.id(words[1], folder: folder.labelFolder, problem)
                guard label == id else {
                    throw problem(
                        "labels \(words[1].prefix(80)) for \(image.prefix(80))",
                        "labels have to be \(folder.labelFolder)/\(id).png; another folder of labels is given with --labels")
                }
            }
            ids.append(id)
        }
        if ids.isEmpty { return nil }
    }

    /// The id of a path: what follows the folder, without the ending.
    private static func id(
        _ path: String, folder: String, _ problem: (String, String) -> DatasetError
    ) throws(DatasetError) -> String {
        let parts = path.replacing("\\", with: "/").split(separator: "/").map(String.init)
        guard !parts.contains(".."), let last = parts.last else {
            throw problem("the path \"\(path.prefix(80))\"", "remove the line")
        }
        let start = parts.lastIndex(of: folder).map { $0 + 1 } ?? (path.hasPrefix("/") ? parts.count - 1 : 0)
        let inside = parts[min(start, parts.count - 1)...].dropLast() + [ItemList.withoutEnding(last)]
        return inside.joined(separator: "/")
    }

    /// The pairs of image and class.
    ///
    /// - Throws: ``DatasetError`` and ``ImageError`` of the label maps, and for a list whose images show none of the classes.
    func items(_ classes: [FewShotClass], file: String, folder: VOCFolder) throws(DatasetError) -> ItemList {
        let known = Set(classes.map(\.id))
        try folder.check(ids)
        var items: [DatasetItem] = []
        for id in ids {
            let present: Set<Int>
            do {
                present = try folder.labels(id).classIDs
            } catch let error as DatasetError {
                throw error
            } catch {
                throw DatasetError(
                    file: file, place: id, found: "labels that cannot be read (\(error))", expected: "a label map",
                    advice: "correct the file or the list")
            }
            items += present.intersection(known).sorted().map { DatasetItem(id: id, classID: $0) }
        }
        guard !items.isEmpty else {
            throw DatasetError(
                file: file, found: "\(ids.count) images that show none of \(classes.map(\.name).joined(separator: ", "))",
                expected: "images of these classes", advice: "check that list, fold and labels belong together")
        }
        return ItemList(file: file, items: items, hash: DatasetItem.hash(of: items))
    }
}

extension ItemList {
    /// Whether a line is a pair `id__class`.
    static func isPair(_ line: Substring) -> Bool {
        guard let separator = line.range(of: "__", options: .backwards) else { return false }
        return Int(line[separator.upperBound...].trimmingCharacters(in: .whitespaces)) != nil
    }

    /// The id without the ending of a photo.
    static func withoutEnding(_ id: String) -> String {
        guard let dot = id.lastIndex(of: "."), dot > id.startIndex else { return id }
        return ImageFile.extensions.contains(id[id.index(after: dot)...].lowercased()) ? String(id[..<dot]) : id
    }

    /// Reads a list of pairs, or of images whose label maps tell the classes.
    ///
    /// - Parameters:
    ///   - url: the list: `id__class` a line, `image label`, or the image alone.
    ///   - classes: the classes that may occur; of images those that are among them are listed.
    ///   - folder: where the label maps are.
    /// - Throws: ``DatasetError`` as for pairs, and for label maps that cannot be read.
    init(contentsOf url: URL, classes: [FewShotClass], folder: VOCFolder) throws(DatasetError) {
        let text = try TextFile.read(url, expected: Self.expectation)
        if let list = try ImageList(text, file: url.path, folder: folder) {
            self = try list.items(classes, file: url.path, folder: folder)
        } else {
            try self.init(contentsOf: url, classes: classes)
        }
    }

    static let expectation = "a list file of lines \"id__class\""
}
