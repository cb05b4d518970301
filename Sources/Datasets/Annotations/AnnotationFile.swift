public import Foundation
internal import TensorCore

/// An annotation of one class in one photo, as it was read from a file.
public struct LoadedAnnotation: Sendable, Equatable {
    /// What is marked.
    public var annotation: Annotation
    /// The format that the content was recognised as: "COCO JSON", "mask picture".
    public var format: String
    /// The class that was picked; nil where the file names none.
    public var className: String?
    /// What whoever reads the result should know, a line each: what was recognised, what was assumed or cut.
    public var remarks: [String]
    /// The files that were read: the annotation file and those that it names.
    public var files: [URL]
}

/// Reading of annotation files for `predict` and for own data.
///
/// The content decides how a file is read, not its name:
///
/// | file | content |
/// |---|---|
/// | PNG, JPEG | a mask or drawn strokes, see <doc:Masks> |
/// | text | one box `x0 y0 x1 y1` or one point `x y` per line; blanks or commas between, `#` starts a comment |
/// | JSON | `{"boxes": [[x0, y0, x1, y1], ...]}`, `{"points": [[x, y], ...]}` |
/// | JSON | `{"scribbles": [{"points": [[x, y], ...], "thickness": 3}, ...]}`, without a thickness 3 |
/// | labelme | JSON of a photo with its shapes |
/// | COCO | JSON with images and annotations: polygons, RLE plain and compressed, boxes |
/// | YOLO | text `class cx cy w h` or `class x y x y ...` in shares of the photo; names from `classes.txt` or `data.yaml` |
/// | CVAT | XML "for images" |
/// | PASCAL VOC | XML with boxes |
/// | Label Studio | JSON export: brushes, polygons, rectangles, ellipses, points |
/// | GeoJSON | polygons in pixels, as ``PolygonExport`` writes them |
/// | table | CSV with the columns `image`, `annotation` and `class`: other files by their paths |
///
/// Further formats are registered with ``AnnotationSources``.
public enum AnnotationFile {
    /// What may be in an annotation file, for messages.
    static let expectation =
        "a mask picture, lines \"x0 y0 x1 y1\" or \"x y\", JSON with boxes, scribbles or points, or a file of labelme, COCO, YOLO, "
        + "CVAT, VOC or Label Studio, or a table image,annotation,class"

    /// Loads an annotation and checks it against its image.
    ///
    /// A picture of strokes is a mask of few pixels and comes back as ``Annotation/mask(_:)``.
    ///
    /// - Parameters:
    ///   - url: the file; its content decides how it is read, not its name.
    ///   - height: rows of the support image.
    ///   - width: columns of the support image.
    ///   - rule: how values of a mask picture become foreground.
    /// - Throws: ``ImageError`` for a broken picture; ``DatasetError`` for a malformed file, an empty mask, a mask of
    ///   another size, coordinates outside of the image, or several classes.
    public static func load(_ url: URL, height: Int, width: Int, rule: MaskRule = .automatic) throws -> Annotation {
        try read(url, for: AnnotatedPhoto(height: height, width: width), rule: rule).annotation
    }

    /// Reads what a file says of one class in one photo.
    ///
    /// - Parameters:
    ///   - url: the file.
    ///   - photo: the photo; a file of several photos is searched for its name.
    ///   - className: the class; needed where the file marks several in the photo.
    ///   - rule: how values of a mask picture become foreground.
    /// - Throws: as ``load(_:height:width:rule:)``; the message for several classes lists them.
    public static func read(
        _ url: URL, for photo: AnnotatedPhoto, class className: String? = nil, rule: MaskRule = .automatic
    ) throws -> LoadedAnnotation {
        try read(url, for: photo, class: className, rule: rule, isNested: false)
    }

    static func read(
        _ url: URL, for photo: AnnotatedPhoto, class className: String?, rule: MaskRule, isNested: Bool,
        presumedClass: String? = nil
    ) throws -> LoadedAnnotation {
        let bytes = try bytes(of: url)
        if isPicture(bytes) { return try mask(url, for: photo, rule: rule) }
        let content = try AnnotationContent(bytes, url: url)
        let source = try AnnotationSources.source(of: content)
        let set = try source.read(content)
        var pick = AnnotationPick(
            file: url.path, photo: photo, rule: rule, isNested: isNested, presumedClass: presumedClass, remarks: set.remarks)
        return try pick.loaded(from: set, class: className, format: source.name)
    }

    /// Reads every class that a file marks in one photo, in the order of the file.
    ///
    /// - Throws: as ``read(_:for:class:rule:)``.
    public static func readAll(
        _ url: URL, for photo: AnnotatedPhoto, rule: MaskRule = .automatic
    ) throws -> [LoadedAnnotation] {
        let bytes = try bytes(of: url)
        if isPicture(bytes) { return [try mask(url, for: photo, rule: rule)] }
        let content = try AnnotationContent(bytes, url: url)
        let source = try AnnotationSources.source(of: content)
        let set = try source.read(content)
        var finder = AnnotationPick(file: url.path, photo: photo, rule: rule, remarks: set.remarks)
        let names = try finder.image(in: set).classNames
        return try (names.isEmpty ? [nil] : names.map(Optional.some)).map { name in
            var pick = AnnotationPick(file: url.path, photo: photo, rule: rule, remarks: set.remarks)
            return try pick.loaded(from: set, class: name, format: source.name)
        }
    }

    /// Whether a file is a picture, of a kind that can be read or not: the reader of masks names those that it does not read.
    private static func isPicture(_ bytes: [UInt8]) -> Bool {
        switch ImageFormat(bytes) {
        case nil, .svg, .pdf: false
        // Two letters begin many a text, too.
        case .bmp: bytes.contains(0)
        default: true
        }
    }

    private static func mask(_ url: URL, for photo: AnnotatedPhoto, rule: MaskRule) throws -> LoadedAnnotation {
        let reading = try MaskReading.load(url, rule: rule, photo: photo.header)
        let annotation = Annotation.mask(reading.mask)
        try check(annotation, photo, file: url.path)
        return LoadedAnnotation(
            annotation: annotation, format: "mask picture", className: nil, remarks: reading.remarks, files: [url])
    }

    /// Checks that an annotation fits its photo and marks something.
    static func check(_ annotation: Annotation, _ photo: AnnotatedPhoto, file: String) throws(DatasetError) {
        do throws(DatasetError) {
            _ = try annotation.rasterised(height: photo.height, width: photo.width)
        } catch {
            var located = error
            located.place = located.place.isEmpty ? located.file : located.place
            located.file = file
            throw located
        }
    }

    private static func bytes(of url: URL) throws(DatasetError) -> [UInt8] {
        let bytes = try TextFile.bytes(of: url, expected: expectation)
        if bytes.isEmpty {
            throw DatasetError(
                file: url.path, found: "a file of zero bytes", expected: expectation, advice: "export the annotation again")
        }
        return bytes
    }
}
