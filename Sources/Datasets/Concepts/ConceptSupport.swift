internal import Foundation
internal import TensorCore

/// One annotated photo of a ``Concept``: the photo's file as it was, and what was marked in it.
///
/// The photo is never encoded again, so that it can be shown to any model at any resolution. Both parts have a digest of their bytes.
public struct ConceptSupport: Sendable, Equatable {
    /// The photo's file, a JPEG or PNG as it was encoded.
    public let photo: [UInt8]
    /// What the file was called, for people; it identifies nothing.
    public let source: String
    /// What is marked, in pixels of the upright photo.
    public let annotation: Annotation
    /// Rows of the upright photo.
    public var height: Int { header.height }
    /// Columns of the upright photo.
    public var width: Int { header.width }
    /// SHA-256 of ``photo``.
    public let photoDigest: String
    /// SHA-256 of the annotation's file in the concept; of no bytes for ``Annotation/none``.
    public let annotationDigest: String
    /// A PNG of 0 and 255, or JSON of shapes; empty for ``Annotation/none``.
    let annotationBytes: [UInt8]
    /// Sides and orientation of the photo.
    let header: ImageHeader

    /// Most bytes of a photo's file.
    public static let photoLimit = 256 << 20

    /// Joins a photo's file with an annotation.
    ///
    /// - Parameters:
    ///   - photo: the bytes of a JPEG or PNG file; they are kept as they are.
    ///   - annotation: in pixels of the upright photo.
    ///   - source: what the file was called.
    /// - Throws: ``ImageError`` for bytes that are no photo, ``DatasetError`` for an annotation that does not fit it or marks nothing,
    ///   and for a photo of more than ``photoLimit`` bytes.
    public init(photo: [UInt8], annotation: Annotation, source: String = "") throws {
        let name = source.isEmpty ? "photo" : source
        // Before it is written: reading cuts boxes that reach beyond their photo, which here is a mistake.
        let described = AnnotatedPhoto(name: "", header: try ImageFile.header(photo, file: name))
        try AnnotationFile.check(annotation, described, file: name)
        let bytes = try AnnotationBytes.encoded(annotation, file: name)
        try self.init(photo: photo, annotationBytes: bytes, kind: annotation.kind, source: source, file: name)
    }

    /// Takes both parts as a concept's file holds them.
    ///
    /// - Parameter file: what messages call the support.
    init(photo: [UInt8], annotationBytes: [UInt8], kind: AnnotationKind, source: String, file: String) throws {
        guard photo.count <= Self.photoLimit else {
            throw DatasetError(
                file: file, found: "a photo of \(photo.count) bytes", expected: "at most \(Self.photoLimit)",
                advice: "give a JPEG of the photo")
        }
        guard source.utf8.count <= 1024, !source.unicodeScalars.contains(where: { $0.value < 32 }) else {
            throw DatasetError(
                file: file, place: "source", found: "a name of \(source.utf8.count) bytes", expected: "at most 1024, on one line",
                advice: "shorten the name of the photo")
        }
        header = try ImageFile.header(photo, file: file)
        let described = AnnotatedPhoto(name: "", header: header)
        annotation = try AnnotationBytes.decoded(annotationBytes, kind: kind, for: described, file: file)
        try AnnotationFile.check(annotation, described, file: file)
        self.photo = photo
        self.source = source
        self.annotationBytes = annotationBytes
        photoDigest = SHA256.hex(photo)
        annotationDigest = SHA256.hex(annotationBytes)
    }

    /// The support as models take it: the photo is decoded.
    ///
    /// - Throws: ``ImageError`` for a photo that is damaged behind its header.
    public func support() throws(ImageError) -> Support {
        Support(
            image: try ImageFile.decode(photo, name: source.isEmpty ? "photo" : source), annotation: annotation, id: photoDigest)
    }
}

/// The file of an annotation within a concept.
enum AnnotationBytes {
    /// What JSON of shapes holds, as ``AnnotationFile`` reads it.
    private struct Shapes: Encodable {
        struct Stroke: Encodable {
            var points: [[Double]]
            var thickness: Double
        }

        var boxes: [[Int]]?
        var scribbles: [Stroke]?
        var points: [[Double]]?
    }

    /// The most bytes of JSON of shapes.
    static let limit = 16 << 20

    /// A PNG for a mask, JSON for shapes, nothing where nothing is marked.
    static func encoded(_ annotation: Annotation, file: String) throws -> [UInt8] {
        var shapes = Shapes()
        switch annotation {
        case .none: return []
        case .mask(let mask):
            let samples = mask.values.map { $0 ? UInt8(255) : 0 }
            return try ImageCodec.png(samples, height: mask.height, width: mask.width, palette: [], file: file)
        case .boxes(let boxes): shapes.boxes = boxes.map { [$0.x0, $0.y0, $0.x1, $0.y1] }
        case .scribbles(let strokes):
            shapes.scribbles = strokes.map { .init(points: $0.points.map { [$0.x, $0.y] }, thickness: $0.thickness) }
        case .points(let points): shapes.points = points.map { [$0.x, $0.y] }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do { return [UInt8](try encoder.encode(shapes)) } catch {
            throw DatasetError(
                file: file, place: "annotation", found: "a number that is none", expected: "finite numbers in pixels",
                advice: "draw the annotation again")
        }
    }

    /// Reads what ``encoded(_:file:)`` writes, or another program in its place: any mask picture, any JSON of shapes of that kind.
    static func decoded(
        _ bytes: [UInt8], kind: AnnotationKind, for photo: AnnotatedPhoto, file: String
    ) throws -> Annotation {
        switch kind {
        case .none:
            guard bytes.isEmpty else { throw problem(file, found: "\(bytes.count) bytes", expected: "no annotation") }
            return .none
        case .mask: return .mask(try MaskReading.read(bytes, file: file, photo: photo.header).mask)
        case .box, .scribble, .point:
            guard bytes.count <= limit else {
                throw problem(file, found: "\(bytes.count) bytes of shapes", expected: "at most \(limit)")
            }
            let content = try AnnotationContent(bytes, url: URL(fileURLWithPath: file))
            var pick = AnnotationPick(file: file, photo: photo, rule: .automatic, remarks: [])
            let source = ShapeFile()
            let loaded = try pick.loaded(from: try source.read(content), class: nil, format: source.name)
            guard loaded.annotation.kind == kind else {
                throw problem(file, found: "a \(loaded.annotation.kind.rawValue)", expected: "a \(kind.rawValue)")
            }
            return loaded.annotation
        }
    }

    private static func problem(_ file: String, found: String, expected: String) -> DatasetError {
        DatasetError(file: file, place: "annotation", found: found, expected: expected, advice: "make the concept again")
    }
}
