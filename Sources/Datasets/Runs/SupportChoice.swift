public import Foundation

/// A support photo by its file, and the annotations that were given for it.
public struct SupportChoice: Codable, Hashable, Sendable {
    /// One word about supports, in the order in which a user says them.
    public enum Word: Hashable, Sendable {
        /// A photo's path.
        case photo(String)
        /// A file of an annotation, a box as `x0,y0,x1,y1` or a point as `x,y`, fractions allowed.
        case annotation(String)
    }

    /// The photo.
    public var image: String
    /// Files, or boxes and points written out.
    public var annotations: [String]
    /// Which value of its masks is meant; nil for all.
    public var maskValue: MaskValue?
    /// The class that is shown, needed for annotation files that mark several in the photo.
    public var className: String?
    /// Whether the photo carries no annotation: the thing is what it shares with others; nil for not.
    public var isUnannotated: Bool?

    /// Names a photo and its annotations.
    public init(image: String, annotations: [String], maskValue: MaskValue? = nil, className: String? = nil) {
        self.image = image
        self.annotations = annotations
        self.maskValue = maskValue
        self.className = className
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
                "found \(choices.count) supports and \(annotations.count) annotations; give every --support a --mask, --box, --scribble, --point or --annotation."
            )
        }
        return zip(choices, annotations).map { SupportChoice(image: $0.image, annotations: [$1]) }
    }

    /// Loads photo and annotations.
    ///
    /// - Throws: ``ImageError`` and ``DatasetError`` of the files, ``RunError`` for annotations of several kinds.
    public func load() throws -> Support { try loadWithRemarks().support }

    /// Loads photo and annotations, with what whoever reads the result should know: which formats were recognised, what was assumed,
    /// and which files were read.
    ///
    /// - Throws: as ``load()``.
    public func loadWithRemarks() throws -> (support: Support, remarks: [String], files: [URL]) {
        let url = URL(fileURLWithPath: image)
        let bytes = try ImageFile.bytes(of: url)
        let photo = try ImageFile.decode(bytes, name: url.path)
        let described = AnnotatedPhoto(name: url.path, header: try ImageFile.header(bytes, file: url.path))
        let rule = maskValue.map { MaskRule.value($0) } ?? .automatic
        var (loaded, remarks, files): ([Annotation], [String], [URL]) = ([], [], [url])
        for text in annotations {
            let numbers = Self.numbers(text)
            if let numbers, numbers.count == 2 {
                loaded.append(.points([Point(x: numbers[0], y: numbers[1])]))
            } else if let values = numbers {
                var reader = BoxReader(height: photo.height, width: photo.width, file: "box \(text)")
                loaded.append(.boxes([try reader.box(values, place: "")]))
                remarks += reader.remarks
            } else {
                let file = try AnnotationFile.read(URL(fileURLWithPath: text), for: described, class: className, rule: rule)
                loaded.append(file.annotation)
                remarks += file.remarks
                files += file.files
            }
        }
        let annotation = isUnannotated == true && loaded.isEmpty ? .none : try joined(loaded)
        try AnnotationFile.check(annotation, described, file: url.path)
        return (Support(image: photo, annotation: annotation, id: url.path), remarks, files)
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

    /// The numbers of a box or a point that is written out; nil for a text that names a file.
    ///
    /// Two numbers are a point. Others with commas are a box, and so is anything with commas between words that stand for numbers,
    /// however absurd: the message about them is that of a box.
    public static func numbers(_ text: String) -> [Double]? {
        if text.allSatisfy(\.isWhitespace) { return [] }
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
        let parts = words.count == 1 ? text.split(separator: " ").map(String.init) : words
        guard parts.count > 1, !FileBytes.exists(URL(fileURLWithPath: text)) else { return nil }
        let names: Set<String> = ["", "nan", "-nan", "inf", "-inf", "+inf", "infinity", "-infinity"]
        var numbers: [Double] = []
        for part in parts {
            if let value = DecimalNumber.parse(Array(part.utf8)[...]) {
                numbers.append(value)
            } else {
                guard names.contains(part) else { return nil }
                numbers.append(part.hasPrefix("-inf") ? -.infinity : part.contains("inf") ? .infinity : .nan)
            }
        }
        return numbers
    }

    /// Several boxes, strokes or points of one photo are one annotation.
    private func joined(_ annotations: [Annotation]) throws(RunError) -> Annotation {
        func problem(_ found: String, _ expected: String) -> RunError {
            .file(
                image, found: found, expected: expected, advice: "change its --mask, --box, --scribble, --point or --annotation")
        }
        guard var whole = annotations.first else { throw problem("no annotation", "at least one") }
        for annotation in annotations.dropFirst() {
            switch (whole, annotation) {
            case (.boxes(let some), .boxes(let more)): whole = .boxes(some + more)
            case (.scribbles(let some), .scribbles(let more)): whole = .scribbles(some + more)
            case (.points(let some), .points(let more)): whole = .points(some + more)
            case (.mask, _), (.none, _), (_, .mask), (_, .none):
                throw problem("\(annotations.count) annotations", "one mask, or boxes, strokes or points alone")
            default: throw problem("\(whole.kind.rawValue) and \(annotation.kind.rawValue) together", "one kind for a photo")
            }
        }
        return whole
    }
}
