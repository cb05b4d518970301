import Foundation
import Testing

@testable import Datasets

/// Texts as people's editors write them, and files that are no texts.
@Suite struct TextReadingTests {
    private static let utf8Mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func utf16(_ text: String, little: Bool, mark: Bool = true) -> [UInt8] {
        let units = (mark ? [0xFEFF] : []) + Array(text.utf16)
        return units.flatMap { little ? [UInt8($0 & 255), UInt8($0 >> 8)] : [UInt8($0 >> 8), UInt8($0 & 255)] }
    }

    /// A text in every encoding that is read.
    private static func encodings(_ text: String) -> [[UInt8]] {
        [
            Array(text.utf8), utf8Mark + Array(text.utf8), utf16(text, little: true), utf16(text, little: false),
            utf16(text, little: true, mark: false), utf16(text, little: false, mark: false),
        ]
    }

    @Test func listsClassesAndAnnotationsAreReadInEveryEncoding() throws {
        let classes = [FewShotClass(id: 1, name: "Tür")]
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "file")
            for bytes in Self.encodings("img é_1__1\r\nb.JPG__1\r\n") {
                try Data(bytes).write(to: url)
                #expect(try ItemList(contentsOf: url, classes: classes).items.map(\.id) == ["img é_1", "b"])
            }
            for bytes in Self.encodings("0 background\r\n1 Tür\r\n") {
                try Data(bytes).write(to: folder.appending(path: "classes.txt"))
                #expect(try ClassList.read(folder) == classes)
            }
            for text in ["1 2 3 4\r\n", "{\"boxes\": [[1, 2, 3, 4]]}"] {
                for bytes in Self.encodings(text) {
                    try Data(bytes).write(to: url)
                    #expect(try AnnotationFile.load(url, height: 8, width: 8) == .boxes([Box(x0: 1, y0: 2, x1: 3, y1: 4)]))
                }
            }
            let xml =
                "<?xml version=\"1.0\" encoding=\"ENCODING\"?>\n<annotation><object><name>é</name><bndbox><xmin>1</xmin>"
                + "<ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object></annotation>"
            for bytes in Self.encodings(xml.replacing("ENCODING", with: "utf-16")) {
                try Data(bytes).write(to: url)
                #expect(try AnnotationFile.read(url, for: AnnotatedPhoto(height: 8, width: 8)).className == "é")
            }
        }
    }

    private static let kinds: [([UInt8], String)] = [
        ([0x50, 0x4B, 3, 4, 20, 0], "a zip archive (.zip, .npz, .xlsx)"), (Array("%PDF-1.7\n".utf8), "a PDF document"),
        ([0x1F, 0x8B, 8, 0], "a gzip archive"), (Array("\r\n<!DOCTYPE html><html>".utf8), "a web page (HTML)"),
        (Array("<HTML><body>".utf8), "a web page (HTML)"), ([0x80, 4, 0x95, 0], "a Python pickle"),
        (Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8), "a Git LFS pointer"),
        ([0x93] + Array("NUMPY".utf8) + [1, 0], "a NumPy array (.npy)"), (Array("MATLAB 5.0 MAT-file".utf8), "a MATLAB file"),
        ([0x89, 0x48, 0x44, 0x46, 13, 10], "an HDF5 file"), (Array("SQLite format 3\0".utf8), "an SQLite database"),
        ([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], "UTF-32 text"),
    ]

    @Test(arguments: kinds) func filesOfAnotherKindAreNamed(_ bytes: [UInt8], _ name: String) throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "file.txt")
            try Data(bytes).write(to: url)
            let list = #expect(throws: DatasetError.self) { try ItemList(contentsOf: url, classes: []) }
            #expect(list?.found == name)
            #expect(list?.advice.isEmpty == false)
            let annotation = #expect(throws: DatasetError.self) { try AnnotationFile.load(url, height: 8, width: 8) }
            #expect(annotation?.found == name)
        }
    }

    @Test func picturesAreNoLists() throws {
        let list = #expect(throws: DatasetError.self) { try ItemList(contentsOf: Goldens.url("voc.png"), classes: []) }
        #expect(list?.found == "a picture (PNG)")
        let text = #expect(throws: DatasetError.self) { try TextFile.text([0x61, 10, 0xE9, 10], file: "f", expected: "text") }
        #expect(text?.place == "line 2")
        #expect(text?.found == "bytes that are no text in UTF-8")
    }

    private static let numbers: [(String, Double)] = [
        ("12", 12), ("-0.5", -0.5), ("+.25", 0.25), ("1.", 1), ("1e3", 1000), ("2.5E-2", 0.025), ("0.1", 0.1),
        ("1e400", .infinity),
        ("123456789012345678901234567890", 123456789012345677877719597056), ("0.30000000000000004", 0.30000000000000004),
        ("9007199254740993", 9007199254740992), ("5e-324", .leastNonzeroMagnitude), ("1e99999999999", .infinity),
    ]

    @Test(arguments: numbers) func numbersAreTheNearestOnes(_ text: String, _ value: Double) {
        #expect(DecimalNumber.parse(Array(text.utf8)[...]) == value)
        #expect(Double(text) == value || text.contains("99999999999"))
    }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "nan", "inf", "0x10", "1 2", "1,2", "--1", "1.2.3"])
    func otherTextsAreNoNumbers(_ text: String) {
        #expect(DecimalNumber.parse(Array(text.utf8)[...]) == nil)
    }
}
