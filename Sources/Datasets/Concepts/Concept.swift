internal import TensorCore

/// A thing by a name and annotated photos of it: what is found again in other photos, by any model.
///
/// A concept holds the photos themselves and needs nothing beside it. It names no model: what a model makes of it (prototypes) is
/// made when it is used.
///
/// ```swift
/// var cup = try Concept(name: "cup", supports: [ConceptSupport(photo: bytes, annotation: .boxes([box]))])
/// try cup.write(to: URL(filePath: "cup.fss"))
/// ```
public struct Concept: Sendable, Equatable {
    /// The version of the file's format.
    public static let currentVersion = 1
    /// Most supports of a concept.
    public static let supportLimit = 256
    /// Most bytes of a concept's file and of what is in it.
    public static let fileLimit = 512 << 20
    /// What a concept's file ends in.
    public static let fileExtension = "fss"

    /// What the thing is called: a line of 1...100 characters.
    public private(set) var name: String
    /// What people should know of it; may be empty.
    public private(set) var notes: String
    /// The annotated photos, at least one.
    public private(set) var supports: [ConceptSupport]

    /// Joins a name with annotated photos.
    ///
    /// - Throws: ``DatasetError`` for a name that is empty, long or of several lines, notes of more than 64 KiB, no support, a support
    ///   that comes twice, and more than fit a file.
    public init(name: String, notes: String = "", supports: [ConceptSupport]) throws(DatasetError) {
        (self.name, self.notes, self.supports) = (name, notes, supports)
        try check()
    }

    /// Shows the thing in a further photo.
    ///
    /// - Throws: as ``init(name:notes:supports:)``; the concept is as it was then.
    public mutating func add(_ support: ConceptSupport) throws(DatasetError) {
        self = try Concept(name: name, notes: notes, supports: supports + [support])
    }

    /// Takes a support away.
    ///
    /// - Parameter index: its place in ``supports``.
    /// - Throws: ``DatasetError`` for a place that is none, and for the last support.
    public mutating func removeSupport(at index: Int) throws(DatasetError) {
        guard supports.indices.contains(index) else {
            throw problem(
                place: "support \(index + 1)", found: "\(supports.count) supports", expected: "one of 1...\(supports.count)",
                advice: "name a support that is there")
        }
        var rest = supports
        rest.remove(at: index)
        self = try Concept(name: name, notes: notes, supports: rest)
    }

    /// Gives it another name.
    ///
    /// - Throws: as ``init(name:notes:supports:)``.
    public mutating func rename(_ name: String) throws(DatasetError) {
        self = try Concept(name: name, notes: notes, supports: supports)
    }

    /// Gives it other notes.
    ///
    /// - Throws: as ``init(name:notes:supports:)``.
    public mutating func describe(_ notes: String) throws(DatasetError) {
        self = try Concept(name: name, notes: notes, supports: supports)
    }

    /// SHA-256 of the digests of all supports in their order: what a model makes of the concept depends on nothing else.
    public var digest: String {
        SHA256.hex(
            supports.map { "\($0.photoDigest) \($0.annotation.kind.rawValue) \($0.annotationDigest)" }.joined(separator: "\n"))
    }

    /// The supports as models take them: the photos are decoded.
    ///
    /// - Throws: ``ImageError`` for a photo that is damaged behind its header.
    public func decodedSupports() throws(ImageError) -> [Support] {
        var decoded: [Support] = []
        for support in supports { decoded.append(try support.support()) }
        return decoded
    }

    private func check() throws(DatasetError) {
        let isLine = !name.unicodeScalars.contains { $0.properties.generalCategory == .control || $0.properties.isNewline }
        guard (1...100).contains(name.count), name.utf8.count <= 400, isLine, name.contains(where: { !$0.isWhitespace }) else {
            throw problem(
                place: "name", found: name.isEmpty ? "no name" : "a name of \(name.count) characters",
                expected: "a line of 1...100 characters", advice: "give it a short name")
        }
        guard notes.utf8.count <= 64 << 10 else {
            throw problem(
                place: "notes", found: "\(notes.utf8.count) bytes", expected: "at most \(64 << 10)", advice: "shorten them")
        }
        guard (1...Self.supportLimit).contains(supports.count) else {
            throw problem(
                place: "supports", found: "\(supports.count) supports", expected: "1...\(Self.supportLimit)",
                advice: "show the thing in at least one photo")
        }
        var seen: [String: Int] = [:]
        var bytes = 0
        for (index, support) in supports.enumerated() {
            if let first = seen.updateValue(index, forKey: support.photoDigest + support.annotationDigest) {
                throw problem(
                    place: "support \(index + 1)", found: "the photo and annotation of support \(first + 1)",
                    expected: "another photo or annotation", advice: "leave it out")
            }
            bytes += support.photo.count + support.annotationBytes.count
        }
        guard bytes <= Self.fileLimit - (1 << 20) else {
            throw problem(
                place: "supports", found: "\(bytes) bytes", expected: "less than \(Self.fileLimit)",
                advice: "show fewer or smaller photos")
        }
    }

    private func problem(place: String, found: String, expected: String, advice: String) -> DatasetError {
        DatasetError(file: "concept \(name.prefix(100))", place: place, found: found, expected: expected, advice: advice)
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var isNewline: Bool { generalCategory == .lineSeparator || generalCategory == .paragraphSeparator }
}
