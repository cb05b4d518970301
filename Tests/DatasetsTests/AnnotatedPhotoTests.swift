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
}
