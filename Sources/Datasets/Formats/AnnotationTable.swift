internal import Foundation

/// A CSV with the columns `image`, `annotation` and, where there are several, `class`; other columns are passed over.
///
/// `annotation` is the path of a mask or of another annotation file, beside the table or absolute, with either kind of separator,
/// or a box
/// `x0 y0 x1 y1`. Fields are parted by commas, semicolons or tabs, whichever the first line has; quotes as in RFC 4180.
struct AnnotationTable: AnnotationSource {
    let name = "table image,annotation,class"

    func recognises(_ content: AnnotationContent) -> Bool { content.isLines && Columns(content) != nil }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        guard let columns = Columns(content) else {
            throw content.problem("line 1", found: "no column image or annotation", expected: name)
        }
        let text = try TextFile.text(content.bytes, file: content.url.path, expected: name)
        var set = AnnotationSet(images: [])
        var places: [String: Int] = [:]
        let folder = content.url.deletingLastPathComponent()
        for (line, fields) in try CSVText.rows(text, separator: columns.separator, file: content.url.path).dropFirst() {
            guard fields.count > columns.last else {
                throw content.problem(
                    "line \(line)", found: "\(fields.count) fields",
                    expected: "at least \(columns.last + 1), as in the first line")
            }
            let (image, path) = (fields[columns.image], fields[columns.annotation].replacing("\\", with: "/"))
            guard !image.isEmpty, !path.isEmpty else {
                throw content.problem("line \(line)", found: "an empty field", expected: "an image and an annotation")
            }
            let url = path.hasPrefix("/") ? URL(fileURLWithPath: path) : folder.appendingPathComponent(path)
            let shape = Self.box(path).map { AnnotatedShape.box($0) } ?? .file(url)
            let className = columns.className.map { fields[$0] }.flatMap { $0.isEmpty ? nil : $0 }
            if places[image] == nil {
                places[image] = set.images.count
                set.images.append(AnnotatedImage(photo: image))
            }
            let object = AnnotatedObject(className: className, shape: shape, place: "line \(line)")
            if let place = places[image] { set.images[place].objects.append(object) }
        }
        var seen: Set<String> = []
        set.classNames = set.images.flatMap(\.classNames).filter { seen.insert($0).inserted }
        return set
    }

    /// The numbers of a box that stands in the field itself.
    private static func box(_ field: String) -> [Double]? {
        let words = TextLines.words(Array(field.utf8)[...])
        let values = words.compactMap { DecimalNumber.parse($0) }
        return values.count == 4 && words.count == 4 ? values : nil
    }

    /// Where the columns are.
    private struct Columns {
        var separator: Character
        var image: Int
        var annotation: Int
        var className: Int?

        var last: Int { max(image, annotation, className ?? 0) }

        init?(_ content: AnnotationContent) {
            var lines = TextLines(content.bytes)
            guard let head = lines.next()?.bytes, head.count < 4096 else { return nil }
            let text = String(decoding: head, as: UTF8.self)
            guard let found = [",", ";", "\t"].first(where: { text.contains($0) }) else { return nil }
            separator = Character(found)
            let names = text.split(separator: separator, omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"")).lowercased()
            }
            guard let image = names.firstIndex(of: "image"), let annotation = names.firstIndex(of: "annotation") else {
                return nil
            }
            self.image = image
            self.annotation = annotation
            className = names.firstIndex(of: "class")
        }
    }
}

/// Comma-separated values (RFC 4180).
enum CSVText {
    /// The rows that are not empty with the number of their first line.
    ///
    /// - Throws: ``DatasetError`` for a quote that does not end.
    static func rows(_ text: String, separator: Character, file: String) throws(DatasetError) -> [(line: Int, fields: [String])] {
        var rows: [(line: Int, fields: [String])] = []
        var (fields, field): ([String], String) = ([], "")
        var (isQuoted, wasQuote) = (false, false)
        var (line, start) = (1, 1)
        func endRow() {
            fields.append(field.trimmingCharacters(in: .whitespaces))
            if fields != [""] { rows.append((start, fields)) }
            (fields, field) = ([], "")
        }
        for character in text {
            if isQuoted {
                if character == "\"" { (isQuoted, wasQuote) = (false, true) } else { field.append(character) }
                if character.isNewline { line += 1 }
                continue
            }
            if character == "\"" {
                // Two quotes inside of quotes are one.
                if wasQuote { field.append("\"") }
                isQuoted = true
            } else if character == separator {
                fields.append(field.trimmingCharacters(in: .whitespaces))
                field = ""
            } else if character.isNewline {
                endRow()
                line += 1
                start = line
            } else {
                field.append(character)
            }
            wasQuote = false
        }
        guard !isQuoted else {
            throw DatasetError(
                file: file, place: "line \(start)", found: "a quote that does not end", expected: "comma-separated values",
                advice: "correct the line")
        }
        endRow()
        return rows
    }
}
