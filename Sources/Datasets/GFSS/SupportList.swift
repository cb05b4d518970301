public import Foundation
internal import TensorCore

/// Supports that a file names, one a line: the id of an image, then its class after blanks or `__`. So a paper's own draw is used
/// in place of a ``GFSSView``'s.
///
///     2007_000033 1
///     2007_000033__aeroplane
public struct SupportList: Sendable {
    private struct Line: Sendable {
        var number: Int
        /// The image without its ending.
        var stem: String
        /// The class's id or name; nil where none is said.
        var word: String?
    }

    /// The file.
    public let file: URL
    /// The digest of its bytes.
    public let sha256: String
    private let lines: [Line]

    /// Reads a file; empty lines are passed over.
    ///
    /// - Throws: ``DatasetError`` for one that cannot be read or names no image.
    public init(contentsOf file: URL) throws(DatasetError) {
        let text = try TextFile.read(file, expected: "ids of images, one a line")
        (self.file, sha256) = (file, SHA256.hex(text))
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().compactMap {
            Self.line($0, $1)
        }
        guard !lines.isEmpty else {
            throw DatasetError(
                file: file.path, found: "no line", expected: "ids of images, one a line", advice: "check --supports")
        }
    }

    private static func line(_ number: Int, _ text: Substring) -> Line? {
        guard let first = text.split(maxSplits: 1, whereSeparator: \.isWhitespace).first else { return nil }
        var (id, word) = (first, text[first.endIndex...].drop(while: \.isWhitespace))
        if let mark = first.range(of: "__") {
            (id, word) = (first[..<mark.lowerBound], text[mark.upperBound...])
        }
        let name = word.trimmingCharacters(in: .whitespaces)
        return Line(number: number + 1, stem: PhotoRule.stem(String(id)), word: name.isEmpty ? nil : name)
    }

    /// The images without their endings.
    public var stems: Set<String> { Set(lines.map(\.stem)) }

    /// The supports of a view's novel classes: class after class, each in the order of the file. An image may stand there
    /// several times, as DIaM repeats one where a class has too few.
    ///
    /// - Throws: ``DatasetError`` for a line without a class or with none of the novel ones, an image that the view does not have
    ///   or that does not show the class, and another number of supports of a class than `shots`.
    public func supports(of view: GFSSView, shots: Int) throws(DatasetError) -> [DatasetItem] {
        let images = view.imagesByStem
        var found: [Int: [DatasetItem]] = [:]
        for line in lines {
            let item = try item(line, of: view, images)
            found[item.classID, default: []].append(item)
        }
        for novel in view.novelClasses where found[novel.id, default: []].count != shots {
            throw DatasetError(
                file: file.path, found: "\(found[novel.id, default: []].count) supports of \(novel.name) (\(novel.id))",
                expected: "\(shots), as --shots says", advice: "add lines or change --shots")
        }
        return view.novelClasses.flatMap { found[$0.id] ?? [] }
    }

    private func item(
        _ line: Line, of view: GFSSView, _ images: [String: GFSSView.Image]
    ) throws(DatasetError) -> DatasetItem {
        let names = view.novelClasses.map { "\($0.id) \($0.name)" }.joined(separator: ", ")
        guard let word = line.word, let novel = view.novelClasses.first(where: { "\($0.id)" == word || $0.name == word }) else {
            throw error(
                line, found: line.word.map { "the class \($0)" } ?? "no class", expected: "a novel class of the fold: \(names)",
                advice: "write the id of the image and its class, and check --fold")
        }
        guard let image = images[line.stem] else {
            throw error(
                line, found: "the image \(line.stem)", expected: "a training or test image of the dataset",
                advice: "check the id and --dataset")
        }
        guard image.pixels[novel.id, default: 0] > 0 else {
            throw error(
                line, found: "\(image.id), which shows no pixel of \(novel.name)", expected: "an image of the class",
                advice: "correct the class")
        }
        return DatasetItem(id: image.id, classID: novel.id)
    }

    private func error(_ line: Line, found: String, expected: String, advice: String) -> DatasetError {
        DatasetError(file: file.path, place: "line \(line.number)", found: found, expected: expected, advice: advice)
    }
}

extension GFSSView {
    /// All images by their ids without endings.
    fileprivate var imagesByStem: [String: Image] {
        Dictionary((training + validation).map { (PhotoRule.stem($0.id), $0) }) { first, _ in first }
    }
}
