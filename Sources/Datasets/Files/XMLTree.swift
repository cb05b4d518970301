internal import Foundation

#if canImport(FoundationXML)
internal import FoundationXML
#endif

/// An element of an XML text with what is in it.
struct XMLTree: Sendable {
    /// Its name.
    var name: String
    /// Its attributes.
    var attributes: [String: String]
    /// The line on which it ends its opening tag.
    var line: Int
    /// Elements in it.
    var children: [XMLTree] = []
    /// Text in it, without blanks at the ends.
    var text = ""

    /// Deeper texts are refused.
    static let maximumDepth = 32

    /// The first element of a name in it.
    subscript(_ name: String) -> XMLTree? { children.first { $0.name == name } }

    /// Reads an XML text in UTF-8 without a byte order mark.
    ///
    /// Document types and entities are refused before the parser sees the text: annotation files have none, and a few lines of
    /// them can stand for gigabytes or for files of this machine.
    static func read(_ bytes: [UInt8], file: String) throws(DatasetError) -> XMLTree {
        func problem(_ found: String, line: Int? = nil, _ advice: String) -> DatasetError {
            DatasetError(
                file: file, place: line.map { "line \($0)" } ?? "", found: found, expected: "XML without document types",
                advice: advice)
        }
        // Foundation's parser takes names that are no UTF-8 for granted and ends the process.
        _ = try TextFile.text(bytes, file: file, expected: "XML in UTF-8")
        for (forbidden, name) in [("<!DOCTYPE", "a document type"), ("<!ENTITY", "an entity declaration")] {
            if let line = lineOf(forbidden, in: bytes) { throw problem(name, line: line, "remove it, or export the file again") }
        }
        let builder = XMLTreeBuilder()
        let parser = XMLParser(data: Data(withoutInstructions(bytes)))
        parser.shouldResolveExternalEntities = false
        parser.delegate = builder
        let isRead = parser.parse()
        if builder.isTooDeep {
            throw problem("nesting deeper than \(maximumDepth) levels", line: builder.line, "correct the file")
        }
        guard isRead, let root = builder.root else {
            let end = parser.lineNumber
            throw problem("XML that is not well formed", line: max(end, 1), "correct the file, or copy or export it again")
        }
        return root
    }

    /// The text with blanks in place of its declaration and processing instructions.
    ///
    /// The declaration's encoding is that of the file, and these bytes are UTF-8; Foundation's parser ends the process at an
    /// instruction that is a name alone (`<?name?>`), and annotation files say nothing in instructions.
    private static func withoutInstructions(_ bytes: [UInt8]) -> [UInt8] {
        var rest = bytes[...]
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        while let mark = rest.firstIndex(of: UInt8(ascii: "<")) {
            text += rest[..<mark]
            rest = rest[mark...]
            let end = end(ofSpanIn: rest) ?? mark + 1
            let span = rest[..<end]
            let isInstruction = span.starts(with: "<?".utf8) && span.dropFirst(2).suffix(2).elementsEqual("?>".utf8)
            text += isInstruction ? span.map { $0 == 10 ? 10 : 0x20 } : Array(span)
            rest = rest[end...]
        }
        return text + rest
    }

    /// Where other rules than those of elements hold. Only in these may a `<?` stand that begins no instruction.
    private static let spans = [(start: "<?", end: "?>"), (start: "<!--", end: "-->"), (start: "<![CDATA[", end: "]]>")]

    /// Where the instruction, comment or CDATA section ends that these bytes begin with: at their own end where it is not closed. Nil
    /// where they begin with something else.
    private static func end(ofSpanIn bytes: ArraySlice<UInt8>) -> Int? {
        guard let span = spans.first(where: { bytes.starts(with: $0.start.utf8) }) else { return nil }
        let word = Array(span.end.utf8)
        var rest = bytes.dropFirst(span.start.utf8.count)
        while let place = rest.firstIndex(of: word[0]) {
            rest = rest[place...]
            if rest.starts(with: word) { return place + word.count }
            rest = rest.dropFirst()
        }
        return bytes.endIndex
    }

    private static func lineOf(_ word: String, in bytes: [UInt8]) -> Int? {
        let wanted = Array(word.utf8)
        guard bytes.count >= wanted.count else { return nil }
        var line = 1
        for place in 0...(bytes.count - wanted.count) {
            if bytes[place] == 10 { line += 1 }
            if bytes[place] == wanted[0] && bytes[place..<(place + wanted.count)].elementsEqual(wanted) { return line }
        }
        return nil
    }
}

/// Gathers the elements as the parser finds them.
private final class XMLTreeBuilder: NSObject, XMLParserDelegate {
    var root: XMLTree?
    var isTooDeep = false
    var line = 0
    private var open: [XMLTree] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        line = parser.lineNumber
        guard open.count < XMLTree.maximumDepth else {
            isTooDeep = true
            return parser.abortParsing()
        }
        open.append(XMLTree(name: name, attributes: attributes, line: line))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if !open.isEmpty { open[open.count - 1].text += text }
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        if !open.isEmpty { open[open.count - 1].text += String(decoding: block, as: UTF8.self) }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        guard var element = open.popLast() else { return }
        element.text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }
}
