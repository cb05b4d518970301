internal import Datasets

/// What `fss concept` prints of a concept.
struct ConceptReport: Encodable {
    struct Photo: Encodable {
        var number: Int
        var source: String
        var height: Int
        var width: Int
        var bytes: Int
        var annotation: String
        var photoSHA256: String
        var annotationSHA256: String
    }

    var file: String
    var name: String
    var notes: String
    var version: Int
    var digest: String
    var supports: [Photo]

    init(_ concept: Concept, file: String) {
        (self.file, name, notes, version, digest) = (file, concept.name, concept.notes, Concept.currentVersion, concept.digest)
        supports = concept.supports.enumerated().map { index, support in
            Photo(
                number: index + 1, source: support.source, height: support.height, width: support.width,
                bytes: support.photo.count, annotation: support.annotation.kind.rawValue, photoSHA256: support.photoDigest,
                annotationSHA256: support.annotationDigest)
        }
    }

    func print(on console: Console) throws {
        console.line("\(name)  (\(file), version \(version), digest \(digest.prefix(16)))")
        if !notes.isEmpty { console.line(notes) }
        var table = TextTable(["photo", "size", "annotation", "sha256"], leftColumns: 1)
        for photo in supports {
            let name = "\(photo.number) \(photo.source)"
            table.add([name, "\(photo.width)x\(photo.height)", photo.annotation, String(photo.photoSHA256.prefix(16))])
        }
        console.table(table)
        try console.emit(self)
    }
}
