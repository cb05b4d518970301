internal import Foundation

/// A JSON text and where its values are: eight bytes a value, whatever the text holds.
///
/// It takes a depth of at most 64, so that a text of brackets ends at its 65th, and decodes nothing before it is asked for. Names
/// and values are checked for their form; `NaN` and `Infinity`, which Python writes, are values that are no number.
final class JSONDocument: Sendable {
    /// Deeper texts are refused; annotation files have about ten levels.
    static let maximumDepth = 64

    /// A value: where it begins, and the index of the first value that is not in it.
    struct Entry {
        var start: UInt32
        var next: UInt32
    }

    /// The path of the file, for messages.
    let file: String
    /// The text in UTF-8.
    let bytes: [UInt8]
    /// All values in the order of the text; a name in an object is an entry before its value.
    let entries: [Entry]

    /// Reads a text.
    ///
    /// - Throws: ``DatasetError`` with line and column for a text that is no JSON.
    init(_ bytes: [UInt8], file: String) throws(DatasetError) {
        self.file = file
        self.bytes = bytes
        var scanner = JSONScanner(bytes)
        do throws(JSONFault) {
            entries = try scanner.scan()
        } catch {
            let before = bytes.prefix(error.offset)
            let line = before.reduce(1) { $1 == 10 ? $0 + 1 : $0 }
            let column = error.offset - (before.lastIndex(of: 10) ?? -1)
            throw DatasetError(
                file: file, place: "line \(line), column \(column)", found: error.found, expected: "JSON",
                advice: error.found.hasPrefix("the end") ? "copy or export the file again" : "correct the file")
        }
    }

    /// The whole value.
    var root: JSONNode { JSONNode(document: self, index: 0) }

    /// Where a value stands: `annotations[3].bbox[0]`; empty for the whole.
    func path(of target: Int) -> String {
        var (node, path) = (0, "")
        while node < target {
            let isObject = bytes[Int(entries[node].start)] == UInt8(ascii: "{")
            var (child, position) = (node + 1, 0)
            var name = ""
            while child < Int(entries[node].next) {
                if isObject {
                    name = JSONNode(document: self, index: child).string ?? ""
                    if child == target { return path }
                    child += 1
                }
                if target < Int(entries[child].next) { break }
                child = Int(entries[child].next)
                position += 1
            }
            guard child < Int(entries[node].next) else { return path }
            path += isObject ? (path.isEmpty ? name : ".\(name)") : "[\(position)]"
            node = child
        }
        return path
    }
}

/// Where a text stops being JSON.
struct JSONFault: Error {
    var offset: Int
    var found: String
}
