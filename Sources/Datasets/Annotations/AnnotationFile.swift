public import Foundation
internal import TensorCore

/// An annotation that was read, and what was assumed where the file could not tell.
public struct AnnotationReading: Sendable, Equatable {
    /// What is known of the object.
    public var annotation: Annotation
    /// What whoever reads the result should know, a sentence each.
    public var remarks: [String]

    /// Joins an annotation with remarks.
    public init(annotation: Annotation, remarks: [String] = []) {
        self.annotation = annotation
        self.remarks = remarks
    }
}

/// Reading of annotation files for `predict` and for own data.
///
/// | file | content |
/// |---|---|
/// | PNG, JPEG | a mask or drawn strokes, see <doc:Masks> |
/// | text | one box `x0 y0 x1 y1` or one point `x y` per line; blanks or commas between, `#` starts a comment |
/// | JSON | `{"boxes": [[x0, y0, x1, y1], ...]}` |
/// | JSON | `{"scribbles": [{"points": [[x, y], ...], "thickness": 3}, ...]}`, without a thickness 3 |
/// | JSON | `{"points": [[x, y], ...]}` |
///
/// Boxes are pixels with an exclusive lower right corner; fractions are rounded outward.
public enum AnnotationFile {
    /// Loads an annotation and checks it against its image.
    ///
    /// A picture of strokes is a mask of few pixels and comes back as ``Annotation/mask(_:)``.
    ///
    /// - Parameters:
    ///   - url: the file; its content decides how it is read, not its name.
    ///   - height: rows of the support image.
    ///   - width: columns of the support image.
    ///   - rule: how values of a mask picture become foreground.
    /// - Throws: ``ImageError`` for a broken picture; ``DatasetError`` for a malformed line, an empty mask, a mask of
    ///   another size or coordinates outside of the image.
    public static func load(
        _ url: URL, height: Int, width: Int, rule: MaskRule = .automatic
    ) throws -> Annotation {
        try read(url, photo: ImageHeader(storedHeight: height, storedWidth: width), rule: rule).annotation
    }

    /// Like ``load(_:height:width:rule:)`` for a photo that may have an orientation, and says what was assumed.
    ///
    /// - Parameters:
    ///   - url: the file; its content decides how it is read, not its name.
    ///   - photo: the header of the support image.
    ///   - rule: how values of a mask picture become foreground.
    /// - Throws: as ``load(_:height:width:rule:)``.
    public static func read(
        _ url: URL, photo: ImageHeader, rule: MaskRule = .automatic
    ) throws -> AnnotationReading {
        let bytes = try bytes(of: url)
        let annotation: Annotation
        var remarks: [String] = []
        if bytes.isEmpty {
            throw problem(url, found: "a file of zero bytes", advice: "export the annotation again")
        } else if ImageFormat(bytes) != nil {
            let reading = try MaskReading.read(bytes, file: url.path, rule: rule, photo: photo)
            annotation = .mask(reading.mask)
            remarks = reading.remarks
        } else if let text = String(validating: bytes, as: UTF8.self) {
            let start = text.first { !$0.isWhitespace }
            annotation = start == "{" ? try parseJSON(bytes, url) : try parseLines(text, url)
        } else {
            throw problem(url, found: "bytes that are neither a picture nor text", advice: "check the file")
        }
        do throws(DatasetError) {
            _ = try annotation.rasterised(height: photo.height, width: photo.width)
        } catch {
            var located = error
            located.place = located.place.isEmpty ? located.file : located.place
            located.file = url.path
            throw located
        }
        return AnnotationReading(annotation: annotation, remarks: remarks)
    }

    private static func bytes(of url: URL) throws(DatasetError) -> [UInt8] {
        do throws(FileFailure) {
            return try FileBytes.read(url)
        } catch {
            throw problem(url, found: error.found, advice: error.advice)
        }
    }

    private static func parseLines(_ text: String, _ url: URL) throws(DatasetError) -> Annotation {
        var boxes: [Box] = []
        var points: [Point] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.prefix { $0 != "#" }
            let words = content.split { $0.isWhitespace || $0 == "," || $0 == ";" }
            if words.isEmpty { continue }
            let numbers = words.compactMap { Double($0) }
            let place = "line \(index + 1)"
            guard numbers.count == words.count && (numbers.count == 4 || numbers.count == 2) else {
                throw problem(url, place: place, found: "\"\(line.prefix(80))\"", advice: "correct the line")
            }
            if numbers.count == 4 {
                boxes.append(try box(numbers, url, place))
            } else {
                points.append(Point(x: numbers[0], y: numbers[1]))
            }
        }
        guard boxes.isEmpty || points.isEmpty else {
            throw problem(url, found: "boxes and points together", advice: "keep one kind in a file")
        }
        guard !boxes.isEmpty || !points.isEmpty else {
            throw problem(url, found: "no box and no point", advice: "add at least one line")
        }
        return boxes.isEmpty ? .points(points) : .boxes(boxes)
    }

    private struct Stroke: Decodable {
        var points: [[Double]]
        var thickness: Double?
    }

    private struct Content: Decodable {
        var boxes: [[Double]]?
        var points: [[Double]]?
        var scribbles: [Stroke]?
    }

    private static func parseJSON(_ bytes: [UInt8], _ url: URL) throws(DatasetError) -> Annotation {
        let content: Content
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(bytes))
        } catch {
            throw problem(url, found: "JSON of another shape", advice: "correct the file")
        }
        if let boxes = content.boxes {
            return .boxes(
                try enumerate(boxes) { (index, values) throws(DatasetError) in
                    try box(values, url, "box \(index + 1)")
                })
        }
        if let strokes = content.scribbles {
            return .scribbles(
                try enumerate(strokes) { (index, stroke) throws(DatasetError) in
                    let place = "scribble \(index + 1)"
                    let thickness = stroke.thickness ?? 3
                    guard thickness > 0 && thickness <= 1000 else {
                        throw problem(url, place: place, found: "thickness \(thickness)", advice: "use 1...1000")
                    }
                    return Scribble(points: try points(stroke.points, url, place), thickness: thickness)
                })
        }
        if let values = content.points { return .points(try points(values, url, "points")) }
        throw problem(
            url, found: "none of the keys \"boxes\", \"scribbles\", \"points\"", advice: "add one of them")
    }

    private static func enumerate<Input, Output>(
        _ inputs: [Input], _ transform: (Int, Input) throws(DatasetError) -> Output
    ) throws(DatasetError) -> [Output] {
        var outputs: [Output] = []
        for (index, input) in inputs.enumerated() { outputs.append(try transform(index, input)) }
        return outputs
    }

    private static func box(_ values: [Double], _ url: URL, _ place: String) throws(DatasetError) -> Box {
        let limit = 1e9
        guard values.count == 4 && values.allSatisfy({ abs($0) <= limit }) else {
            throw problem(url, place: place, found: "\(values)", advice: "give four numbers in pixels")
        }
        return Box(
            x0: Int(values[0].rounded(.down)), y0: Int(values[1].rounded(.down)),
            x1: Int(values[2].rounded(.up)), y1: Int(values[3].rounded(.up)))
    }

    private static func points(_ values: [[Double]], _ url: URL, _ place: String) throws(DatasetError) -> [Point] {
        try enumerate(values) { (_, pair) throws(DatasetError) in
            guard pair.count == 2 else {
                throw problem(url, place: place, found: "\(pair)", advice: "give points as [x, y]")
            }
            return Point(x: pair[0], y: pair[1])
        }
    }

    private static func problem(
        _ url: URL, place: String = "", found: String, advice: String
    ) -> DatasetError {
        DatasetError(
            file: url.path, place: place, found: found,
            expected: "a mask picture, lines \"x0 y0 x1 y1\" or \"x y\", or JSON with boxes, scribbles or points",
            advice: advice)
    }
}
