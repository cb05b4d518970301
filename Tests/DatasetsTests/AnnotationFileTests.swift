import Foundation
import Testing

@testable import Datasets

@Suite struct AnnotationFileTests {
    private func load(_ text: String) throws -> Annotation {
        var result = Annotation.none
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "annotation")
            try Data(text.utf8).write(to: url)
            result = try AnnotationFile.load(url, height: 8, width: 10)
        }
        return result
    }

    @Test func readsLines() throws {
        #expect(
            try load("# boxes\n1 2 3 4\n\n0.5, 0, 9.2, 8 # all\n")
                == .boxes([Box(x0: 1, y0: 2, x1: 3, y1: 4), Box(x0: 0, y0: 0, x1: 10, y1: 8)]))
        #expect(try load("3.5 4\r\n7 1\r\n") == .points([Point(x: 3.5, y: 4), Point(x: 7, y: 1)]))
    }

    @Test func readsJSON() throws {
        #expect(try load("{\"boxes\": [[0, 0, 4, 5]]}") == .boxes([Box(x0: 0, y0: 0, x1: 4, y1: 5)]))
        #expect(try load(" {\"points\": [[1, 2.5]]}") == .points([Point(x: 1, y: 2.5)]))
        #expect(
            try load("{\"scribbles\": [{\"points\": [[1, 1], [5, 5]], \"thickness\": 2}, {\"points\": [[0, 0]]}]}")
                == .scribbles([
                    Scribble(points: [Point(x: 1, y: 1), Point(x: 5, y: 5)], thickness: 2),
                    Scribble(points: [Point(x: 0, y: 0)], thickness: 3),
                ]))
    }

    @Test(arguments: [
        ("1 2 3\n", "line 1"), ("0 0 1 1\n1 2 x 4", "line 2"), ("11 0 12 8", "line 1"), ("1 1 3 3\n5 5 5 6", "line 2"),
        ("1e300 0 1e301 1", "line 1"), ("nan 0 1 1", "line 1"), ("12.5 3", "points"), ("1 1\n1 1 2 2", ""), ("", ""),
        ("# nothing", ""), ("0.1 0.2 0.9 0.8", "line 1"), ("0 3 4 5 6", "line 1"), ("\n\n1 2 3 4 5 6 7", "line 3"),
        ("{\"boxes\": [[1, 2, 3]]}", "boxes[0]"), ("{\"boxes\": []}", ""), ("{\"boxes\": [[1, 2, 3, \"4\"]]}", "boxes[0]"),
        ("{\"polygons\": []}", ""), ("{\"boxes\": ", "line 1, column 11"), ("{\"points\": [[1]]}", "points[0]"),
        ("{\"scribbles\": [{\"points\": [[1, 1]], \"thickness\": -1}]}", "scribbles[0].thickness"),
        ("{\"scribbles\": [{\"points\": [[1, 1], [15, 1]]}]}", "scribble 1"), ("\u{0}\u{1}", "line 1"),
    ]) func namesThePlace(_ text: String, _ place: String) {
        let error = #expect(throws: DatasetError.self) { try load(text) }
        #expect(error?.place == place)
        #expect(error?.file.hasSuffix("annotation") == true)
    }

    @Test func readsMaskPictures() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "mask.png")
            let mask = BinaryMask("..#.", ".##.")
            try mask.save(to: url)
            #expect(try AnnotationFile.load(url, height: 2, width: 4) == .mask(mask))
            let size = #expect(throws: DatasetError.self) { try AnnotationFile.load(url, height: 2, width: 5) }
            #expect(size?.found == "a mask of 4x2 pixels")
            #expect(size?.file == url.path)
            try BinaryMask("....", "....").save(to: url)
            let empty = #expect(throws: DatasetError.self) { try AnnotationFile.load(url, height: 2, width: 4) }
            #expect(empty?.found == "no marked pixel")
            try Data(CraftedPNG.signature).write(to: url)
            #expect(throws: ImageError.self) { try AnnotationFile.load(url, height: 2, width: 4) }
            let missing = #expect(throws: DatasetError.self) {
                try AnnotationFile.load(folder.appending(path: "no"), height: 2, width: 4)
            }
            #expect(missing?.found == "no such file or folder")
        }
    }

    @Test func maskRules() throws {
        func mask(_ values: [Int], _ rule: MaskRule = .automatic, palette: Bool = false) throws -> [Bool] {
            var writer = PictureWriter(kind: palette ? .palette : .grey)
            if palette { writer.palette = (0..<256).map { ColorMap.vocColor($0) } }
            return try MaskReading.read(writer.png(height: 1, width: values.count, values), file: "", rule: rule).mask.values
        }
        #expect(try mask([0, 255, 255]) == [false, true, true])
        #expect(try mask([0, 1, 0]) == [false, true, false])
        #expect(try mask([0, 15, 255], palette: true) == [false, true, false])
        #expect(try mask([0, 255, 0], palette: true) == [false, true, false])
        #expect(try mask([0, 15, 255]) == [false, true, false])
        #expect(try mask([0, 60, 130, 255]) == [false, false, true, true])
        #expect(try mask([0, 15, 255], .nonzero) == [false, true, true])
        #expect(try mask([0, 127, 128], .threshold(128)) == [false, false, true])
        #expect(try mask([0, 3, 4, 255], .value(4)) == [false, false, true, false])
    }

    @Test func masksDrawnInColor() throws {
        var picture = RGBImage(height: 1, width: 3)
        picture.pixels[4] = 200
        try withTemporaryFolder { folder in
            try ImageFile.save(picture, to: folder.appending(path: "m.png"))
            #expect(try BinaryMask.load(folder.appending(path: "m.png")) == BinaryMask(".#."))
            #expect(throws: ImageError.self) {
                try BinaryMask.load(folder.appending(path: "m.png"), rule: .value(1))
            }
            let soft = RGBImage(height: 8, width: 16, red: 250, green: 250, blue: 250)
            try ImageFile.save(soft, to: folder.appending(path: "m.jpg"))
            #expect(try BinaryMask.load(folder.appending(path: "m.jpg")).area == 128)
        }
        #expect(throws: ImageError.self) { try BinaryMask.load(Goldens.url("cmyk.jpg")) }
        #expect(throws: ImageError.self) { try BinaryMask.load(Goldens.url("animated.png")) }
        #expect(
            try BinaryMask.load(Goldens.url("voc.png")).area
                == (try LabelMap.load(Goldens.url("voc.png")))
                .values.filter { $0 == 15 || $0 == 7 }.count)
    }
}
