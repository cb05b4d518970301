internal import Foundation
internal import TensorCore

/// The classes of a VOC folder: `classes.txt`, or PASCAL's twenty where there is no such file.
enum VOCClasses {
    /// - Throws: ``DatasetError`` for a file that cannot be read, a line that is no "id name", an id twice, and no class at all.
    static func of(_ root: URL) throws(DatasetError) -> [FewShotClass] {
        let url = root.appendingPathComponent("classes.txt")
        guard FileManager.default.fileExists(atPath: url.path) else { return Pascal5i.classes }
        let text: String
        do throws(FileFailure) {
            text = String(decoding: try FileBytes.read(url), as: UTF8.self)
        } catch {
            throw DatasetError(file: url.path, found: error.found, expected: "lines \"id name\"", advice: error.advice)
        }
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
            if id > 0 { classes.append(FewShotClass(id: id, name: String(words[1]))) }
        }
        guard !classes.isEmpty else {
            throw DatasetError(
                file: url.path, found: "no class", expected: "a line \"id name\" for every class, ids from 1 on",
                advice: "write the classes of the label maps into it")
        }
        return classes
    }
}
