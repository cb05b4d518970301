public import Foundation
internal import TensorCore

/// A format of annotation files.
///
/// A format says whether a file is its own by what is in it, and reads the file as it stands: classes by their names, shapes in
/// the file's own numbers. What belongs to one photo and one class is picked afterwards (``AnnotationFile``), and a format of
/// one's own is one call away:
///
/// ```swift
/// AnnotationSources.register(MyFormat())
/// ```
public protocol AnnotationSource: Sendable {
    /// What the format is called, with its kind: "COCO JSON".
    var name: String { get }
    /// Whether a file is of this format. It looks at the content and decodes nothing.
    func recognises(_ content: AnnotationContent) -> Bool
    /// Everything that the file says.
    ///
    /// - Throws: ``DatasetError`` with the place (line, or path in JSON) of what cannot be read.
    func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet
}

/// The content of an annotation file, parsed as far as all formats share it.
public struct AnnotationContent: Sendable {
    /// Where the file is.
    public let url: URL
    /// The text in UTF-8, without a byte order mark.
    public let bytes: [UInt8]
    /// The values of a JSON text.
    let json: JSONDocument?
    /// The root element of an XML text.
    let xml: XMLTree?

    /// Takes the bytes of a text file; JSON and XML are parsed.
    ///
    /// - Throws: ``DatasetError`` for a file of another kind, and for JSON and XML that is cut short, nested deeper than any
    ///   annotation is, or declares entities.
    public init(_ raw: [UInt8], url: URL) throws(DatasetError) {
        self.url = url
        bytes = try TextFile.utf8(raw, file: url.path, expected: AnnotationFile.expectation)
        let first = bytes.first { ![0x20, 9, 10, 13].contains($0) }
        json = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? try JSONDocument(bytes, file: url.path) : nil
        xml = first == UInt8(ascii: "<") ? try XMLTree.read(bytes, file: url.path) : nil
    }

    /// Whether it is a text of lines, neither JSON nor XML.
    public var isLines: Bool { json == nil && xml == nil }

    /// The name of the root element of an XML text.
    public var rootElement: String? { xml?.name }

    /// Whether the text is a JSON object with all of these names.
    public func hasKeys(_ names: String...) -> Bool {
        guard let root = json?.root else { return false }
        return names.allSatisfy { root[$0] != nil }
    }

    func problem(_ place: String = "", found: String, expected: String, advice: String = "correct the file") -> DatasetError {
        DatasetError(file: url.path, place: place, found: found, expected: expected, advice: advice)
    }
}

/// The formats that are known, in the order in which they are asked.
public enum AnnotationSources {
    private static let standard: KeyValuePairs<String, any AnnotationSource> = [
        "geojson": GeoJSONSource(), "labelme": LabelmeSource(), "coco": COCOSource(), "label-studio": LabelStudioSource(),
        "cvat": CVATSource(),
        "voc": VOCSource(), "table": AnnotationTable(), "yolo": YOLOSource(), "shapes": ShapeFile(), "lines": ShapeLines(),
    ]

    private static let registry = Registry("annotation format", standard)

    /// Registers a format; those that were registered last are asked first, and one of the same name is replaced.
    public static func register(_ id: String, _ source: any AnnotationSource) { registry.register(id, source) }

    /// The names of the known formats.
    public static var names: [String] { registry.names }

    /// The format of a file.
    ///
    /// - Throws: ``DatasetError`` with all formats for a file of none.
    public static func source(of content: AnnotationContent) throws(DatasetError) -> any AnnotationSource {
        let known = Set(standard.map(\.key))
        let ids = registry.names
        // A user's own format may be a special case of one that is known.
        let order = ids.filter { !known.contains($0) }.reversed() + ids.filter { known.contains($0) }
        for id in order {
            if let source = try? registry.member(named: id), source.recognises(content) { return source }
        }
        throw UnknownFormat(content).problem
    }
}
