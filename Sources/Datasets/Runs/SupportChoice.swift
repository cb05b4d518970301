internal import Foundation

/// A support photo by its file, and the annotations that were given for it.
public struct SupportChoice: Codable, Hashable, Sendable {
    /// One word about supports, in the order in which a user says them.
    public enum Word: Hashable, Sendable {
        /// A photo's path.
        case photo(String)
        /// A file of an annotation, or a box as `x0,y0,x1,y1`.
        case annotation(String)
    }

    /// The photo.
    public var image: String
    /// Files, or boxes written out.
    public var annotations: [String]
    /// Which value of its masks is meant; nil for all.
    public var maskValue: MaskValue?

    /// Names a photo and its annotations.
    public init(image: String, annotations: [String], maskValue: MaskValue? = nil) {
        self.image = image
        self.annotations = annotations
        self.maskValue = maskValue
    }

    /// Pairs photos with annotations by their order.
    ///
    /// An annotation belongs to the photo before it; when all photos come first, or an annotation comes before any, the first
    /// annotation belongs to the first photo, and so on.
    ///
    /// - Throws: ``RunError/conflict(_:)`` for a photo without an annotation.
    public static func paired(_ words: [Word]) throws(RunError) -> [SupportChoice] {
        var choices: [SupportChoice] = []
        var annotations: [String] = []
        var isInterleaved = true
        for word in words {
            switch word {
            case .photo(let path): choices.append(SupportChoice(image: path, annotations: []))
            case .annotation(let text):
                annotations.append(text)
                if choices.isEmpty { isInterleaved = false } else { choices[choices.count - 1].annotations.append(text) }
            }
        }
        if isInterleaved && choices.allSatisfy({ !$0.annotations.isEmpty }) { return choices }
        guard annotations.count == choices.count else {
            throw .conflict(
                "found \(choices.count) supports and \(annotations.count) annotations; give every --support a --mask, --box or --scribble."
            )
        }
        return zip(choices, annotations).map { SupportChoice(image: $0.image, annotations: [$1]) }
    }

    /// Loads photo and annotations.
    ///
    /// - Throws: ``ImageError`` and ``DatasetError`` of the files, ``RunError`` for annotations of several kinds.
    public func load() throws -> Support { try loadWithRemarks().support }

    /// Loads photo and annotations, and says what was assumed about masks.
    ///
    /// - Throws: ``ImageError`` and ``DatasetError`` of the files, ``RunError`` for annotations of several kinds.
    public func loadWithRemarks() throws -> (support: Support, remarks: [String]) {
        let url = URL(fileURLWithPath: image)
        let bytes = try ImageFile.bytes(of: url)
        let photo = try ImageFile.decode(bytes, name: url.path)
        let header = try ImageFile.header(bytes, file: url.path)
        let loaded = try annotations.map { try annotation($0, header) }
        let support = Support(image: photo, annotation: try joined(loaded.map(\.annotation)), id: url.path)
        return (support, loaded.flatMap(\.remarks))
    }

    /// The same with absolute paths.
    ///
    /// - Parameter folder: what relative ones are relative to.
    public func resolved(in folder: String) -> SupportChoice {
        let base = URL(fileURLWithPath: folder, isDirectory: true)
        func absolute(_ path: String) -> String? {
            let url = URL(fileURLWithPath: path, relativeTo: base).standardizedFileURL
            return FileBytes.exists(url) ? url.path : nil
        }
        var choice = self
        choice.image = absolute(image) ?? image
        choice.annotations = annotations.map { absolute($0) ?? $0 }
        return choice
    }

    /// The files that are read: the photo and those of its annotations.
    ///
    /// - Throws: ``RunError`` for a photo that cannot be read.
    public func fileRecords() throws(RunError) -> [FileRecord] {
        var records = [try FileRecord(URL(fileURLWithPath: image))]
        for annotation in annotations {
            let url = URL(fileURLWithPath: annotation)
            if FileBytes.exists(url) { records.append(try FileRecord(url)) }
        }
        return records
    }

    private func annotation(_ text: String, _ photo: ImageHeader) throws -> AnnotationReading {
        let numbers = text.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
        let values = numbers.compactMap { $0 }
        guard numbers.count == 4, values.count == 4 else {
            let rule = maskValue.map { MaskRule.value($0) } ?? .automatic
            return try AnnotationFile.read(URL(fileURLWithPath: text), photo: photo, rule: rule)
        }
        let annotation = Annotation.boxes([Box(x0: values[0], y0: values[1], x1: values[2], y1: values[3])])
        _ = try annotation.rasterised(height: photo.height, width: photo.width)
        return AnnotationReading(annotation: annotation)
    }

    /// Several boxes or strokes of one photo are one annotation.
    private func joined(_ annotations: [Annotation]) throws(RunError) -> Annotation {
        func problem(_ found: String, _ expected: String) -> RunError {
            .file(image, found: found, expected: expected, advice: "change its --mask, --box or --scribble")
        }
        guard let first = annotations.first else { throw problem("no annotation", "at least one") }
        if annotations.count == 1 { return first }
        var (boxes, scribbles): ([Box], [Scribble]) = ([], [])
        for annotation in annotations {
            switch annotation {
            case .boxes(let more): boxes += more
            case .scribbles(let more): scribbles += more
            default: throw problem("\(annotations.count) annotations", "one mask, or boxes or strokes alone")
            }
        }
        guard boxes.isEmpty || scribbles.isEmpty else { throw problem("boxes and strokes together", "one kind for a photo") }
        return boxes.isEmpty ? .scribbles(scribbles) : .boxes(boxes)
    }
}
