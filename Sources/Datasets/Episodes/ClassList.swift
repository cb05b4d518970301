internal import Foundation

/// The classes of a dataset's folder: `classes.txt`, or the names of `labelmap.txt`.
enum ClassList {
    /// The classes of a folder without the background, in the order of the file; nil when there is neither file.
    ///
    /// - Throws: ``DatasetError`` with the line that cannot be read.
    static func read(_ root: URL) throws(DatasetError) -> [FewShotClass]? {
        let url = root.appendingPathComponent("classes.txt")
        guard FileBytes.exists(url) else {
            guard let colors = try LabelColors.rows(of: root) else { return nil }
            let classes = LabelColors.classes(colors)
            guard (1...254).contains(classes.count) else {
                throw DatasetError(
                    file: LabelColors.url(root).path, found: "\(classes.count) classes beside background and void",
                    expected: "1...254 classes", advice: "add a line \"name:red,green,blue::\" for every class")
            }
            return classes
        }
        let text = try TextFile.read(url, expected: "lines \"id name\"")
        var classes: [FewShotClass] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            if words.isEmpty { continue }
            guard words.count == 2, let id = Int(words[0]), (0...254).contains(id) else {
                throw DatasetError(
                    file: url.path, place: "line \(index + 1)", found: "\"\(line.prefix(80))\"",
                    expected: "\"id name\" with an id of 0...254", advice: "correct the line")
            }
            if classes.contains(where: { $0.id == id }) {
                throw DatasetError(
                    file: url.path, place: "line \(index + 1)", found: "the id \(id) a second time", expected: "every id once",
                    advice: "correct the line")
            }
            if id > 0 { classes.append(FewShotClass(id: id, name: words[1].trimmingCharacters(in: .whitespaces))) }
        }
        guard !classes.isEmpty else {
            throw DatasetError(
                file: url.path, found: "no class", expected: "a line \"id name\" for every class, ids from 1 on",
                advice: "write the classes of the label maps into it")
        }
        return classes
    }
}
