public import Foundation
internal import TensorCore

/// What `concept.json` in a concept's file says: which entry is what, and its digest.
struct ConceptCard: Codable {
    struct Entry: Codable {
        var photo: String
        var photoSHA256: String
        var kind: AnnotationKind
        var annotation: String?
        var annotationSHA256: String
        var source: String?
    }

    static let entryName = "concept.json"
    static let format = "swift-fss concept"

    var format = ConceptCard.format
    var version = Concept.currentVersion
    var name: String
    var notes: String?
    var supports: [Entry]
}

extension Concept {
    /// The concept's file: a zip archive of `concept.json`, the photos as they were, and an annotation a photo (a PNG of 0 and 255, or
    /// JSON of boxes, scribbles or points), stored without compression. Equal concepts give equal bytes.
    public var fileBytes: [UInt8] {
        get throws {
            var card = ConceptCard(name: name, notes: notes.isEmpty ? nil : notes, supports: [])
            var entries: [StoredArchive.Entry] = []
            for (index, support) in supports.enumerated() {
                let number = index + 1
                let photo = "photos/\(number).\(ImageFormat(support.photo) == .png ? "png" : "jpg")"
                let ending = support.annotation.kind == .mask ? "png" : "json"
                let annotation = support.annotation.kind == .none ? nil : "annotations/\(number).\(ending)"
                card.supports.append(
                    ConceptCard.Entry(
                        photo: photo, photoSHA256: support.photoDigest, kind: support.annotation.kind, annotation: annotation,
                        annotationSHA256: support.annotationDigest, source: support.source.isEmpty ? nil : support.source))
                entries.append(StoredArchive.Entry(name: photo, bytes: support.photo))
                if let annotation { entries.append(StoredArchive.Entry(name: annotation, bytes: support.annotationBytes)) }
            }
            let text = try TextFile.json(card) + "\n"
            return StoredArchive.data([StoredArchive.Entry(name: ConceptCard.entryName, bytes: Array(text.utf8))] + entries)
        }
    }

    /// Writes the concept's file, see ``fileBytes``; it appears whole.
    ///
    /// - Throws: ``DatasetError`` when the file cannot be written; what stood there before is untouched then.
    public func write(to url: URL) throws { try TextFile.write(try fileBytes, to: url) }

    /// Reads a concept's file and verifies every digest in it.
    ///
    /// - Throws: ``DatasetError`` and ``ImageError``, with the file and the support, for what is no concept, of a later version, damaged,
    ///   too large, or has another digest than it says.
    public static func read(_ url: URL) throws -> Concept {
        let bytes: [UInt8]
        do throws(FileFailure) { bytes = try FileBytes.read(url) } catch {
            throw ConceptFile(url.path).problem(found: error.found, advice: error.advice)
        }
        return try Concept(fileBytes: bytes, file: url.path)
    }

    /// Reads the bytes of a concept's file, as ``read(_:)``.
    ///
    /// - Parameters:
    ///   - fileBytes: the whole file.
    ///   - file: what messages call it.
    public init(fileBytes: [UInt8], file: String) throws {
        self = try ConceptFile(file).concept(fileBytes)
    }
}

/// Reading of a concept's file.
struct ConceptFile {
    static let expectation = "a concept (.fss)"
    let file: String

    init(_ file: String) { self.file = file }

    func problem(
        _ place: String = "", found: String, expected: String = expectation,
        advice: String = "get the file again, or make it with `fss concept create`"
    ) -> DatasetError {
        DatasetError(file: file, place: place, found: found, expected: expected, advice: advice)
    }

    func concept(_ bytes: [UInt8]) throws -> Concept {
        guard bytes.count <= Concept.fileLimit else {
            throw problem(found: "\(bytes.count) bytes", expected: "at most \(Concept.fileLimit)", advice: "show fewer photos")
        }
        let cards = try entries(bytes, limit: JSONGuard.settings.bytes) { $0 == ConceptCard.entryName }
        guard let text = cards.first?.bytes else { throw problem(found: "an archive without \(ConceptCard.entryName)") }
        let card = try card(Data(text))
        let names = Set(card.supports.flatMap { [$0.photo, $0.annotation].compactMap { $0 } })
        let found = try entries(bytes, limit: Concept.fileLimit) { names.contains($0) }
        let contents = Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.bytes) })
        var supports: [ConceptSupport] = []
        for (index, entry) in card.supports.enumerated() {
            let place = "support \(index + 1)"
            func part(_ name: String?, _ digest: String, _ what: String) throws(DatasetError) -> [UInt8] {
                guard let name else { return [] }
                guard let bytes = contents[name] else {
                    throw problem(place, found: "no \(what) \"\(name.prefix(100))\"", expected: "the \(what) that it names")
                }
                let found = SHA256.hex(bytes)
                guard found == digest.lowercased() else {
                    throw problem(
                        place, found: "\(what) of SHA-256 \(found)", expected: String(digest.prefix(64)),
                        advice: "the \(what) was changed: get the file again, or make it anew")
                }
                return bytes
            }
            let photo = try part(entry.photo, entry.photoSHA256, "photo")
            let annotation = try part(entry.annotation, entry.annotationSHA256, "annotation")
            supports.append(
                try ConceptSupport(
                    photo: photo, annotationBytes: annotation, kind: entry.kind, source: entry.source ?? "",
                    file: "\(file), \(place)"))
        }
        do { return try Concept(name: card.name, notes: card.notes ?? "", supports: supports) } catch {
            throw DatasetError(
                file: file, place: error.place, found: error.found, expected: error.expected, advice: error.advice)
        }
    }

    private func entries(
        _ bytes: [UInt8], limit: Int, where wants: (String) -> Bool
    ) throws(DatasetError) -> [StoredArchive.Entry] {
        do throws(FileFailure) { return try StoredArchive.entries(bytes, limit: limit, where: wants) } catch {
            throw problem(found: error.found, advice: error.advice)
        }
    }

    private func card(_ text: Data) throws(DatasetError) -> ConceptCard {
        struct Head: Decodable {
            var format: String?
            var version: Int?
        }
        if let excess = JSONGuard.settings.excess(in: text) { throw problem(ConceptCard.entryName, found: excess) }
        do {
            let head = try JSONDecoder().decode(Head.self, from: text)
            guard head.format == ConceptCard.format, let version = head.version, version > 0 else {
                throw problem(ConceptCard.entryName, found: "the format \"\(head.format?.prefix(100) ?? "none")\"")
            }
            guard version <= Concept.currentVersion else {
                throw problem(
                    ConceptCard.entryName, found: "version \(version)", expected: "at most \(Concept.currentVersion)",
                    advice: "read it with a later swift-fss")
            }
            let card = try JSONDecoder().decode(ConceptCard.self, from: text)
            guard card.supports.count <= Concept.supportLimit else {
                throw problem(
                    "supports", found: "\(card.supports.count) supports", expected: "1...\(Concept.supportLimit)")
            }
            return card
        } catch let error as DatasetError {
            throw error
        } catch {
            let reason = (error as? DecodingError)?.placeAndReason
            throw problem(
                ConceptCard.entryName, found: reason.map { "\($0.key) \($0.reason)" } ?? "no JSON",
                expected: "the description of a concept")
        }
    }
}
