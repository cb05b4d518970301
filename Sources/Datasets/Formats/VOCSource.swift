internal import Foundation

/// PASCAL VOC's XML: one photo with boxes.
///
/// Files of the VOC challenges (`<database>The VOC2007 Database</database>`) count pixels from 1 and include the last one; every
/// other tool that writes this XML writes corners in pixels from 0, and so they are read.
struct VOCSource: AnnotationSource {
    let name = "PASCAL VOC XML"

    func recognises(_ content: AnnotationContent) -> Bool { content.rootElement == "annotation" }

    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
        guard let root = content.xml else { throw content.problem(found: "no XML", expected: name) }
        let isChallenge = root["source"]?["database"]?.text.hasPrefix("The VOC") ?? false
        var image = AnnotatedImage(photo: root["filename"]?.text)
        if let size = root["size"] {
            (image.height, image.width) = (try side(size["height"], content), try side(size["width"], content))
        }
        var unsupported = UnsupportedShapes()
        for object in root.children where object.name == "object" {
            let place = "line \(object.line)"
            let className = object["name"]?.text ?? ""
            guard !className.isEmpty else {
                throw content.problem(place, found: "an object without a name", expected: "an object with name and bndbox")
            }
            guard let box = object["bndbox"] else {
                unsupported.add(object["robndbox"] == nil ? "object without bndbox" : "robndbox", place)
                continue
            }
            var values: [Double] = []
            for side in ["xmin", "ymin", "xmax", "ymax"] {
                guard let element = box[side] else {
                    throw content.problem("line \(box.line)", found: "no <\(side)>", expected: "xmin, ymin, xmax and ymax")
                }
                values.append(try XMLNumbers.number(element.text, line: element.line, content))
            }
            if isChallenge { (values[0], values[1]) = (values[0] - 1, values[1] - 1) }
            image.objects.append(AnnotatedObject(className: className, shape: .box(values), place: "line \(box.line)"))
        }
        return AnnotationSet(images: [image], classNames: image.classNames, remarks: unsupported.remarks(content.url.path))
    }

    /// A side; tools that do not know it write 0.
    private func side(_ element: XMLTree?, _ content: AnnotationContent) throws(DatasetError) -> Int? {
        guard let element, !element.text.isEmpty else { return nil }
        let value = try XMLNumbers.number(element.text, line: element.line, content)
        return value == 0 ? nil : try XMLNumbers.side(value, line: element.line, content)
    }
}

/// Numbers in XML.
enum XMLNumbers {
    static func number(_ text: String, line: Int, _ content: AnnotationContent) throws(DatasetError) -> Double {
        let plain = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let value = DecimalNumber.parse(Array(plain.utf8)[...]), abs(value) <= 1e9 else {
            throw content.problem("line \(line)", found: "\"\(text.prefix(60))\"", expected: "a number in pixels")
        }
        return value
    }

    static func side(_ value: Double, line: Int, _ content: AnnotationContent) throws(DatasetError) -> Int {
        guard let side = Int(exactly: value), (1...(1 << 20)).contains(side) else {
            throw content.problem("line \(line)", found: BoxReader.short(value), expected: "the side of an image in pixels")
        }
        return side
    }
}
