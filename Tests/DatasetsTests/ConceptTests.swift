import Foundation
import TensorCore
import Testing

@testable import Datasets

/// A small photo that differs from number to number.
private func photo(_ number: Int = 1, height: Int = 12, width: Int = 16) throws -> [UInt8] {
    let pixels = (0..<(3 * height * width)).map { UInt8(($0 * 7 + number * 31) % 256) }
    return try ImageCodec.png(RGBImage(height: height, width: width, pixels: pixels), file: "photo")
}

private let square = BinaryMask(height: 12, width: 16) { x, y in (4..<9).contains(x) && (3..<8).contains(y) }

private let annotations: [Annotation] = [
    .mask(square), .boxes([Box(x0: 1, y0: 2, x1: 9, y1: 11), Box(x0: 10, y0: 0, x1: 16, y1: 5)]),
    .scribbles([Scribble(points: [Point(x: 1.25, y: 2), Point(x: 8, y: 9.5)], thickness: 2.5)]),
    .points([Point(x: 3.5, y: 4.5), Point(x: 15, y: 11)]), .none,
]

/// A concept of one support of every kind of annotation.
private func concept() throws -> Concept {
    let supports = try annotations.enumerated().map { index, annotation in
        try ConceptSupport(photo: try photo(index), annotation: annotation, source: "IMG_\(index).png")
    }
    return try Concept(name: "coffee cup", notes: "white, with a handle\nand a saucer", supports: supports)
}

@Suite struct ConceptTests {
    @Test func everyKindOfAnnotationSurvivesTheFile() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "cup.fss")
            let written = try concept()
            try written.write(to: url)
            let read = try Concept.read(url)
            #expect(read == written)
            #expect(read.supports.map(\.annotation) == annotations)
            #expect(read.digest == written.digest)
            #expect(try read.decodedSupports().map(\.image) == (try (0..<5).map { try ImageFile.decode(photo($0), name: "") }))
        }
    }

    @Test func equalConceptsAreEqualBytesAndPhotosAreUntouched() throws {
        let (one, other) = (try concept().fileBytes, try concept().fileBytes)
        #expect(one == other)
        let entries = try StoredArchive.entries(one, limit: 1 << 20)
        #expect(entries.map(\.name).prefix(3) == ["concept.json", "photos/1.png", "annotations/1.png"])
        #expect(entries.first { $0.name == "photos/3.png" }?.bytes == (try photo(2)))
        #expect(
            entries.first { $0.name == "photos/3.png" }.map { SHA256.hex($0.bytes) } == (try concept().supports[2].photoDigest))
    }

    @Test func jsonKeepsAConcept() throws {
        let written = try concept()
        let data = try JSONEncoder().encode(written)
        #expect(try JSONDecoder().decode(Concept.self, from: data) == written)
        let text = String(decoding: data, as: UTF8.self)
        let forged = text.replacing(written.supports[1].photoDigest, with: written.supports[0].photoDigest)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Concept.self, from: Data(forged.utf8)) }
        let later = text.replacing("\"version\":1", with: "\"version\":2")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Concept.self, from: Data(later.utf8)) }
    }

    @Test func supportsComeAndGo() throws {
        var cup = try Concept(name: "cup", supports: [ConceptSupport(photo: photo(1), annotation: .mask(square))])
        let first = cup.digest
        let other = try ConceptSupport(photo: photo(2), annotation: .boxes([Box(x0: 1, y0: 1, x1: 5, y1: 5)]))
        try cup.add(other)
        #expect(cup.supports.count == 2 && cup.digest != first)
        #expect(throws: DatasetError.self) { try cup.add(other) }
        #expect(throws: DatasetError.self) { try cup.removeSupport(at: 2) }
        try cup.removeSupport(at: 1)
        #expect(cup.digest == first)
        #expect(throws: DatasetError.self) { try cup.removeSupport(at: 0) }
        try cup.rename("mug")
        try cup.describe("blue")
        #expect(cup.name == "mug" && cup.notes == "blue" && cup.digest == first)
        for name in ["", "   ", "two\nlines", String(repeating: "x", count: 101)] {
            #expect(throws: DatasetError.self) { try cup.rename(name) }
        }
    }

    @Test func annotationsHaveToFitTheirPhoto() throws {
        let wrong: [Annotation] = [
            .mask(BinaryMask(height: 3, width: 4) { _, _ in true }), .boxes([Box(x0: 0, y0: 0, x1: 17, y1: 5)]), .points([]),
            .points([Point(x: .nan, y: 1)]), .scribbles([Scribble(points: [Point(x: 40, y: 1)])]),
            .mask(BinaryMask(height: 12, width: 16) { _, _ in false }),
        ]
        for annotation in wrong {
            #expect(throws: DatasetError.self, "\(annotation.kind)") {
                try ConceptSupport(photo: photo(), annotation: annotation)
            }
        }
        #expect(throws: ImageError.self) { try ConceptSupport(photo: Array("GIF89a".utf8), annotation: .none) }
    }

    @Test func aTurnedPhotoKeepsItsMask() throws {
        let bytes = try Goldens.bytes("exif6.jpg")
        let header = try ImageFile.header(bytes, file: "")
        #expect(header.orientation == .right && header.height != header.storedHeight)
        let mask = BinaryMask(height: header.height, width: header.width) { x, y in x < 3 && y < 5 }
        let made = try Concept(name: "corner", supports: [ConceptSupport(photo: bytes, annotation: .mask(mask))])
        #expect(try Concept(fileBytes: made.fileBytes, file: "").supports[0].annotation == .mask(mask))
    }
}

@Suite struct ConceptFileTests {
    private func message(_ bytes: [UInt8]) -> String {
        do {
            _ = try Concept(fileBytes: bytes, file: "cup.fss")
            return "no error"
        } catch let error as DatasetError {
            return error.description
        } catch let error as ImageError {
            return error.description
        } catch {
            return "another error: \(error)"
        }
    }

    private func changed(_ change: (inout [StoredArchive.Entry]) throws -> Void) throws -> String {
        var entries = try StoredArchive.entries(try concept().fileBytes, limit: 1 << 20)
        try change(&entries)
        return message(StoredArchive.data(entries))
    }

    @Test func anotherPhotoOrAnnotationIsNoticed() throws {
        let expected = try concept().supports[1]
        let photoSaid = try changed { $0[3].bytes = try photo(9) }
        #expect(photoSaid.contains("cup.fss, support 2: found photo of SHA-256 \(SHA256.hex(try photo(9)))"))
        #expect(photoSaid.contains("expected \(expected.photoDigest)"))
        let shapesSaid = try changed { $0[4].bytes = Array(#"{"boxes":[[1,2,9,12]]}"#.utf8) }
        #expect(shapesSaid.contains("support 2: found annotation of SHA-256"))
        #expect(shapesSaid.contains("expected \(expected.annotationDigest)"))
    }

    @Test func partsThatAreMissingAreNamed() throws {
        #expect(try changed { $0.remove(at: 1) }.contains(#"support 1: found no photo "photos/1.png""#))
        #expect(try changed { $0.removeFirst() }.contains("an archive without concept.json"))
    }

    @Test(arguments: [
        (#""version" : 1"#, #""version" : 7"#, "found version 7, expected at most 1"),
        ("swift-fss concept", "something else", #"found the format "something else""#),
        (#""name" : "coffee cup""#, #""name" : 5"#, "name expected String"),
        (#""kind" : "mask""#, #""kind" : "box""#, "support 1"), (#""kind" : "box""#, #""kind" : "point""#, "expected a point"),
        ("coffee cup", #"a\nb"#, "expected a line of 1...100 characters"),
    ]) func cardsThatAreWrongAreRefused(_ old: String, _ new: String, _ said: String) throws {
        let message = try changed { entries in
            let text = String(decoding: entries[0].bytes, as: UTF8.self)
            #expect(text.contains(old))
            entries[0].bytes = Array(text.replacing(old, with: new).utf8)
        }
        #expect(message.contains("cup.fss") && message.contains(said), "\(message)")
    }

    @Test func otherFilesAreNoConcepts() throws {
        #expect(message([]).contains("no zip archive"))
        #expect(message(try photo()).contains("no zip archive"))
        #expect(message(Array(try concept().fileBytes.dropLast(30))).contains("a damaged zip archive"))
        #expect(message(Array(try concept().fileBytes.prefix(100))).contains("a damaged zip archive"))
        #expect(throws: DatasetError.self) { try Concept.read(URL(filePath: "/nowhere/cup.fss")) }
    }

    /// Every byte of the file matters: a changed one is refused with a message, or changes nothing that is read.
    @Test func anyChangedByteIsNoticed() throws {
        let whole = try concept()
        let bytes = try whole.fileBytes
        for place in stride(from: 0, to: bytes.count, by: 13) {
            var damaged = bytes
            damaged[place] ^= 0x5A
            guard let read = try? Concept(fileBytes: damaged, file: "cup.fss") else { continue }
            #expect(read.digest == whole.digest, "byte \(place)")
        }
    }

    @Test func anArchiveThatWasCompressedAgainIsRead() throws {
        // `zip -9` over the stored entry "a.txt" of a hundred letters.
        let deflated: [UInt8] = [0x4b, 0x4c, 0xa4, 0x3d, 0x00, 0x00]
        let content = [UInt8](repeating: UInt8(ascii: "a"), count: 100)
        var archive = StoredArchive.data([.init(name: "a.txt", bytes: content)])
        let (start, table) = (30 + 5, 30 + 5 + 100)
        archive.replaceSubrange(start..<table, with: deflated)
        let place = start + deflated.count
        for (offset, value) in [(8, UInt8(8)), (18, 6), (place + 10, 8), (place + 20, 6)] { archive[offset] = value }
        archive[place + 46 + 5 + 16] = UInt8(place)
        #expect(try StoredArchive.entries(archive, limit: 100).first?.bytes == content)
        #expect(throws: FileFailure.self) { try StoredArchive.entries(archive, limit: 99) }
        archive[start] ^= 0xFF
        #expect(throws: FileFailure.self) { try StoredArchive.entries(archive, limit: 100) }
    }
}
