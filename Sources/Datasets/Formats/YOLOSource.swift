internal import Foundation

/// Text of YOLO, one object a line, in shares of the photo: `class cx cy w h`, with a confidence after it in results, or
/// `class x y x y x y ...`, a polygon.
///
/// Names of classes come from `classes.txt`, `obj.names` or `data.yaml` beside the file or in one of the two folders above; where
/// there is none the class is its number.
struct YOLOSource: AnnotationSource {
    let name = "YOLO text"

    /// A class number and five or more numbers of which none is far outside of 0...1, on every line.
    func recognises(_ content: AnnotationContent) -> Bool {
        guard content.isLines else { return false }
        var hasLine = false
        for (_, line) in TextLines(content.bytes) {
            let words = TextLines.words(line)
            if words.isEmpty { continue }
            guard words.count >= 5, words[0].allSatisfy({ (48...57).contains($0) }), words[0].count <= 6 else { return false }
            for word in words.dropFirst() {
                guard let value = DecimalNumber.parse(word), (-0.1...1.1).contains(value) else { return false }
            }
            hasLine = true
        }
        return hasLine
    }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        let names = try YOLONames.beside(content.url)
        var image = AnnotatedImage(unit: .shares)
        for (number, line) in TextLines(content.bytes) {
            let words = TextLines.words(line)
            if words.isEmpty { continue }
            let place = "line \(number)"
            let values = words.dropFirst().compactMap { DecimalNumber.parse($0) }
            guard let id = Int(String(decoding: words[0], as: UTF8.self)), values.count == words.count - 1, values.count >= 4
            else {
                throw content.problem(place, found: TextLines.excerpt(line), expected: "class cx cy w h in 0...1")
            }
            let className = names.isEmpty ? String(id) : names[id]
            guard let className else {
                throw content.problem(
                    place, found: "class \(id)", expected: "one of the \(names.count) classes of the list of names",
                    advice: "complete classes.txt or data.yaml")
            }
            let shape = try self.shape(values, content, place)
            image.objects.append(AnnotatedObject(className: className, shape: shape, place: place))
        }
        return AnnotationSet(images: [image], classNames: names.sorted { $0.key < $1.key }.map(\.value))
    }

    private func shape(_ values: [Double], _ content: AnnotationContent, _ place: String) throws(DatasetError) -> AnnotatedShape {
        if values.count <= 5 {
            let (x, y, w, h) = (values[0], values[1], values[2] / 2, values[3] / 2)
            guard w > 0 && h > 0 else {
                throw content.problem(place, found: "a box without a side", expected: "class cx cy w h with w and h above 0")
            }
            return .box([x - w, y - h, x + w, y + h])
        }
        guard values.count % 2 == 0 else {
            throw content.problem(place, found: "\(values.count) numbers", expected: "a polygon: class x y x y x y ...")
        }
        return .polygons([stride(from: 0, to: values.count, by: 2).map { Point(x: values[$0], y: values[$0 + 1]) }])
    }
}

/// The names of the classes of a YOLO dataset.
enum YOLONames {
    /// Names by number; empty where no list is found.
    static func beside(_ url: URL) throws(DatasetError) -> [Int: String] {
        var folder = url.deletingLastPathComponent()
        for _ in 0..<3 {
            for (name, parse) in [("classes.txt", lines), ("obj.names", lines), ("data.yaml", yaml), ("dataset.yaml", yaml)] {
                let list = folder.appendingPathComponent(name)
                guard list != url, FileBytes.exists(list) else { continue }
                let names = parse(try TextFile.read(list, expected: "the names of the classes"))
                if !names.isEmpty { return names }
            }
            folder.deleteLastPathComponent()
        }
        return [:]
    }

    /// A name a line; lines that all begin with their own number have it before the name.
    static func lines(_ text: String) -> [Int: String] {
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        let isNumbered = !lines.isEmpty && lines.enumerated().allSatisfy { $1.hasPrefix("\($0) ") }
        let names = lines.enumerated().map {
            ($0, isNumbered ? $1.split(separator: " ", maxSplits: 1).last.map(String.init) ?? "" : $1)
        }
        return Dictionary(names.filter { !$0.1.isEmpty }) { first, _ in first }
    }

    /// The key `names` of a YAML file: `[a, b]`, lines `- a` or lines `0: a`.
    static func yaml(_ text: String) -> [Int: String] {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("names:") }) else { return [:] }
        let inline = lines[start].dropFirst(6).trimmingCharacters(in: .whitespaces)
        if let open = inline.first, open == "[" || open == "{" {
            let joined = lines[start...].joined(separator: " ")
            let close: Character = open == "[" ? "]" : "}"
            guard let from = joined.firstIndex(of: open), let to = joined.firstIndex(of: close), from < to else { return [:] }
            return numbered(joined[joined.index(after: from)..<to].split(separator: ","), isMap: open == "{")
        }
        let body = lines[(start + 1)...].prefix { line in
            line.allSatisfy(\.isWhitespace) || line.hasPrefix(" ") || line.hasPrefix("-") || line.hasPrefix("#")
        }
        let items = body.filter { line in !line.allSatisfy(\.isWhitespace) && !line.drop { $0 == " " }.hasPrefix("#") }
        let isMap = items.first.map { !$0.drop { $0 == " " }.hasPrefix("-") } ?? false
        return numbered(items.map { isMap ? $0 : $0.drop { $0 == " " }.dropFirst() }, isMap: isMap)
    }

    private static func numbered(_ items: [Substring], isMap: Bool) -> [Int: String] {
        var names: [Int: String] = [:]
        for (index, item) in items.enumerated() {
            let parts = isMap ? item.split(separator: ":", maxSplits: 1) : [Substring("\(index)"), item]
            guard parts.count == 2, let number = Int(parts[0].trimmingCharacters(in: .whitespaces)) else { continue }
            names[number] = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t'\""))
        }
        return names
    }
}
