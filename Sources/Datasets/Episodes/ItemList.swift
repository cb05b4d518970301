public import Foundation
internal import TensorCore

/// A list file of (image, class) pairs, one `id__class` per line, as HSNet and its successors use them.
///
/// An id may have the ending of a photo and Windows' separators; a byte order mark and both kinds of line ends are read.
public struct ItemList: Sendable, Equatable {
    /// The path of the file, or the name that was given.
    public var file: String
    /// The pairs in file order.
    public var items: [DatasetItem]
    /// The SHA-256 digest of the file's bytes, 64 hexadecimal digits.
    public var hash: String

    /// Reads a list file.
    ///
    /// - Parameters:
    ///   - url: a text file of lines `id class`.
    ///   - classes: the classes that may occur; another class is an error.
    /// - Throws: ``DatasetError`` with the line number for a malformed line or an unknown class, and for a list
    ///   without any line.
    public init(contentsOf url: URL, classes: [FewShotClass]) throws(DatasetError) {
        let bytes = try TextFile.bytes(of: url, expected: Self.expectation)
        let text = try TextFile.text(bytes, file: url.path, expected: Self.expectation)
        try self.init(text, name: url.path, classes: classes)
        hash = SHA256.hex(bytes)
    }

    /// Parses the text of a list; `name` stands in error messages.
    public init(_ text: String, name: String, classes: [FewShotClass]) throws(DatasetError) {
        file = name
        hash = SHA256.hex(text)
        items = []
        let known = Set(classes.map(\.id))
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.trimmed
            if content.isEmpty { continue }
            items.append(try Self.item(content, name: name, line: index + 1, known: known))
        }
        guard !items.isEmpty else {
            throw DatasetError(
                file: name, found: "no line", expected: "lines \"id__class\"", advice: "check how the list was made")
        }
    }

    private static func item(
        _ line: Substring, name: String, line number: Int, known: Set<Int>
    ) throws(DatasetError) -> DatasetItem {
        let expected = "\"id__class\" with a class of \(describe(known))"
        func problem(_ found: String, _ advice: String) -> DatasetError {
            DatasetError(file: name, place: "line \(number)", found: found, expected: expected, advice: advice)
        }
        guard let separator = line.range(of: "__", options: .backwards) else {
            throw problem("\"\(line.prefix(80))\"", "correct the line")
        }
        let id = PhotoRule.stem(String(line[..<separator.lowerBound]).replacing("\\", with: "/"))
        guard let classID = Int(line[separator.upperBound...]), !id.isEmpty else {
            throw problem("\"\(line.prefix(80))\"", "correct the line")
        }
        // An id becomes a part of a path; it must stay inside of the dataset's folder.
        guard !id.hasPrefix("/") && !id.split(separator: "/").contains("..") else {
            throw problem("the id \"\(id.prefix(80))\"", "remove the line")
        }
        guard known.contains(classID) else {
            throw problem("class \(classID)", "check that list and fold belong together")
        }
        return DatasetItem(id: id, classID: classID)
    }

    private static func describe(_ classes: Set<Int>) -> String {
        let sorted = classes.sorted()
        guard let first = sorted.first, let last = sorted.last else { return "none" }
        if last - first + 1 == sorted.count { return "\(first)...\(last)" }
        return sorted.map(String.init).joined(separator: ", ")
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start.prefix(0) }
        return start[...last]
    }
}
