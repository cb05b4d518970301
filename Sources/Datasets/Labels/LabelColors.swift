public import Foundation

/// The colours of label maps that are RGB pictures, as CVAT exports them: a file `labelmap.txt` in the dataset's folder with a
/// line
/// `name:red,green,blue::` a class.
///
/// Ids are those that `classes.txt` gives to the names; without that file classes count from 1 in the order of the lines. A label
/// called "background" is 0, one called "void" or "ignore" does not count.
public struct LabelColors: Sendable, Hashable {
    /// The file, for messages.
    public let file: String
    /// Class ids by colour, red in the highest of three bytes.
    public let ids: [Int: UInt8]

    /// One line of the file.
    struct Row: Sendable, Equatable {
        var name: String
        var color: Int
        var line: Int

        var isBackground: Bool { name.lowercased() == "background" }
        var isVoid: Bool { ["void", "ignore"].contains(name.lowercased()) }
    }

    /// Reads the colours of a folder; nil when it has no `labelmap.txt`.
    ///
    /// - Throws: ``DatasetError`` for a malformed line, a colour that stands for two classes, and a name that `classes.txt` does
    /// not have.
    public init?(of root: URL) throws(DatasetError) {
        guard let rows = try Self.rows(of: root) else { return nil }
        file = Self.url(root).path
        let classes = try ClassList.read(root) ?? []
        let known = Dictionary(classes.map { ($0.name.lowercased(), $0.id) }) { first, _ in first }
        var ids: [Int: UInt8] = [:]
        for row in rows {
            func problem(_ found: String, _ expected: String) -> DatasetError {
                DatasetError(
                    file: Self.url(root).path, place: "line \(row.line)", found: found, expected: expected,
                    advice: "correct the line or classes.txt")
            }
            let id = row.isBackground ? 0 : row.isVoid ? Int(LabelMap.ignore) : known[row.name.lowercased()]
            guard let id, let byte = UInt8(exactly: id) else {
                throw problem("the class \"\(row.name)\"", "one of \(classes.map(\.name).joined(separator: ", "))")
            }
            guard ids.updateValue(byte, forKey: row.color) == nil else {
                throw problem("the colour \(Self.text(row.color)) a second time", "a colour of its own for every class")
            }
        }
        self.ids = ids
    }

    static func url(_ root: URL) -> URL { root.appendingPathComponent("labelmap.txt") }

    /// The lines of the file; nil when there is none.
    static func rows(of root: URL) throws(DatasetError) -> [Row]? {
        let url = url(root)
        guard FileBytes.exists(url) else { return nil }
        let expected = "lines \"name:red,green,blue::\""
        var rows: [Row] = []
        let text = try TextFile.read(url, expected: expected)
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.trimmingCharacters(in: .whitespaces)
            if content.isEmpty || content.hasPrefix("#") { continue }
            let fields = content.split(separator: ":", omittingEmptySubsequences: false)
            let parts = fields.count > 1 ? fields[1].split(separator: ",") : []
            let values = parts.compactMap { UInt8($0.trimmingCharacters(in: .whitespaces)) }
            guard values.count == 3, parts.count == 3, !fields[0].isEmpty else {
                throw DatasetError(
                    file: url.path, place: "line \(index + 1)", found: "\"\(line.prefix(80))\"", expected: expected,
                    advice: "correct the line")
            }
            let color = values.reduce(0) { $0 << 8 | Int($1) }
            rows.append(Row(name: fields[0].trimmingCharacters(in: .whitespaces), color: color, line: index + 1))
        }
        return rows
    }

    /// The classes of the file where nothing else names them.
    static func classes(_ rows: [Row]) -> [FewShotClass] {
        rows.filter { !$0.isBackground && !$0.isVoid }.enumerated().map { FewShotClass(id: $0 + 1, name: $1.name) }
    }

    /// The classes of a picture.
    ///
    /// - Throws: ``DatasetError`` for a colour that the file does not have, with its first pixel.
    func labels(_ picture: RGBImage, file picturePath: String) throws(DatasetError) -> LabelMap {
        var values = [UInt8](repeating: 0, count: picture.height * picture.width)
        var (last, lastID) = (-1, UInt8(0))
        for pixel in values.indices {
            let start = pixel * 3
            let color = Int(picture.pixels[start]) << 16 | Int(picture.pixels[start + 1]) << 8 | Int(picture.pixels[start + 2])
            if color != last {
                guard let id = ids[color] else {
                    throw DatasetError(
                        file: picturePath, place: "column \(pixel % picture.width), row \(pixel / picture.width)",
                        found: "the colour \(Self.text(color))", expected: "one of the \(ids.count) colours of \(file)",
                        advice: "add the colour there, or save the labels without soft edges")
                }
                (last, lastID) = (color, id)
            }
            values[pixel] = lastID
        }
        return LabelMap(height: picture.height, width: picture.width, values: values)
    }

    private static func text(_ color: Int) -> String { "\(color >> 16),\(color >> 8 & 255),\(color & 255)" }
}
