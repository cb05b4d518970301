import Foundation
import Testing

@testable import Datasets

/// An annotation and its photo: which one is meant, and which way up it was.
@Suite struct AnnotatedPhotoTests {
    @Test(
        arguments: [
            ("p/cup.jpg", ["dog.jpg", "cup.jpg"], 1), ("cup.jpg", ["a\\b\\cup.jpg", nil], 0), ("CUP.JPG", ["cup.jpg"], 0),
            ("b/cup.jpg", ["a/cup.jpg", "b/cup.jpg"], 1), ("cup.jpg", ["a/cup.jpg", "b/cup.jpg"], nil),
            ("cup.jpg", ["/data/upload/3/0a1b2c3d-cup.jpg", "dog.jpg"], 0), ("cup.png", ["cup.jpg", "dog.jpg"], 0),
            ("my cup.jpg", ["/data/local-files/?d=x/my%20cup.jpg"], 0), ("cat.jpg", ["cup.jpg", "dog.jpg"], nil),
            ("", ["a"], nil),
            ("1.cup.jpg", ["2.cup.jpg", "3.cup.jpg"], nil),
        ] as [(String, [String?], Int?)]) func photosAreFoundByTheirNames(_ photo: String, _ names: [String?], _ place: Int?)
    {
        #expect(PhotoNames.index(of: photo, among: names) == place)
    }

    private func check(_ height: Int, _ width: Int, orientation: Int) throws -> String? {
        let photo = AnnotatedPhoto(name: "p.jpg", height: 18, width: 24, orientation: orientation)
        return try photo.check(height: height, width: width, file: "f", place: "")
    }

    @Test func sizesThatDisagreeNameTheTag() throws {
        #expect(try check(18, 24, orientation: 1) == nil)
        #expect(try check(18, 24, orientation: 6) == nil)
        #expect(try check(18, 24, orientation: 3)?.contains("EXIF orientation 3") == true)
        let stored = #expect(throws: DatasetError.self) { try check(24, 18, orientation: 6) }
        #expect(stored?.description.contains("the stored pixels of the photo") == true)
        #expect(stored?.description.contains("EXIF orientation 6") == true)
        let other = #expect(throws: DatasetError.self) { try check(24, 18, orientation: 1) }
        #expect(other?.description.contains("EXIF") == false)
        let square = AnnotatedPhoto(height: 9, width: 9, orientation: 8)
        #expect(try square.check(height: 9, width: 9, file: "f", place: "") != nil)
    }

    @Test func filesOfToolsAreComparedWithTheirPhoto() throws {
        let text = """
            {"shapes": [{"label": "a", "points": [[2, 2], [9, 8]], "shape_type": "rectangle"}], "imagePath": "p.jpg",
            "imageHeight": 24, "imageWidth": 18}
            """
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.json")
            try Data(text.utf8).write(to: url)
            let turned = AnnotatedPhoto(name: "p.jpg", height: 18, width: 24, orientation: 6)
            let error = #expect(throws: DatasetError.self) { try AnnotationFile.read(url, for: turned) }
            #expect(error?.expected.contains("EXIF orientation 6") == true)
            let renamed = try AnnotationFile.read(url, for: AnnotatedPhoto(name: "q.jpg", height: 24, width: 18))
            #expect(renamed.remarks.contains { $0.contains("its one photo is called p.jpg and is taken for q.jpg") })
            try Data("0 0.5 0.5 0.5 0.5".utf8).write(to: url)
            #expect(try AnnotationFile.read(url, for: turned).remarks.contains { $0.contains("EXIF orientation 6") })
        }
    }

    @Test func theOrientationTagIsReadFromTheFile() throws {
        func jpeg(_ orientation: UInt8, little: Bool) -> [UInt8] {
            func word(_ value: UInt8, _ count: Int) -> [UInt8] {
                let zeros = [UInt8](repeating: 0, count: count - 1)
                return little ? [value] + zeros : zeros + [value]
            }
            let head: [UInt8] = little ? [0x49, 0x49, 0x2A, 0] : [0x4D, 0x4D, 0, 0x2A]
            let tag: [UInt8] = little ? [0x12, 1] : [1, 0x12]
            let tiff = head + word(8, 4) + word(1, 2) + tag + word(3, 2) + word(1, 4) + word(orientation, 2) + [0, 0]
            let body = Array("Exif\0\0".utf8) + tiff
            return [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 1, 0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + [0xFF, 0xDA, 0, 2]
        }
        for little in [true, false] {
            for value in 1...8 { #expect(EXIFOrientation.read(jpeg(UInt8(value), little: little)) == value) }
            #expect(EXIFOrientation.read(jpeg(9, little: little)) == 1)
            for count in 0..<30 { #expect(EXIFOrientation.read(Array(jpeg(6, little: little).prefix(count))) == 1) }
        }
        #expect(EXIFOrientation.read([0x89, 0x50]) == 1)
    }
}
