import Foundation
import Testing

@testable import Datasets

/// Lists of other tools, and label maps whose colours are the classes.
@Suite struct ImageListTests {
    /// Two images of 4x2 pixels with the classes 1 and 2, one with class 3.
    private static func makeFolder(_ root: URL, colored: Bool = false) throws {
        for name in ["JPEGImages", "SegmentationClass", "splits/trn", "splits/val"] {
            try FileManager.default.createDirectory(at: root.appending(path: name), withIntermediateDirectories: true)
        }
        let maps: [(String, [UInt8])] = [
            ("img_1", [0, 1, 1, 0, 2, 2, 255, 0]), ("img_2", [0, 2, 0, 0, 0, 0, 0, 0]), ("img_3", [3, 3, 0, 0, 0, 0, 4, 0]),
        ]
        for (name, values) in maps {
            try ImageFile.save(RGBImage(height: 2, width: 4), to: root.appending(path: "JPEGImages/\(name).jpg"))
            let url = root.appending(path: "SegmentationClass/\(name).png")
            let map = LabelMap(height: 2, width: 4, values: values)
            if colored { try ImageFile.save(map.colored(), to: url) } else { try map.save(to: url) }
        }
        try write("0 background\n1 disc\n2 bar\n3 wedge\n4 rhomb\n", root, "classes.txt")
    }

    private static func write(_ text: String, _ root: URL, _ name: String) throws {
        try Data(text.utf8).write(to: root.appending(path: name))
    }

    private func opened(_ root: URL) throws -> FoldedVOC { try FoldedVOC(root: root, foldCount: 4) }

    @Test func imagesWithoutClassesAreListedForWhatTheyShow() throws {
        try withTemporaryFolder { root in
            try Self.makeFolder(root)
            let paths = (1...3).map { "JPEGImages/img_\($0).jpg SegmentationClass/img_\($0).png\r\n" }.joined()
            let lists = [
                paths, "\u{FEFF}" + paths, paths.replacing("/", with: "\\"), "img_1\nimg_2\nimg_3\n", "\nimg_1.JPG\nimg_2\nimg_3",
                "/data/VOC/JPEGImages/img_1.jpg /data/VOC/SegmentationClass/img_1.png\nimg_2\nimg_3\n",
            ]
            for list in lists {
                try Self.write(list, root, "splits/val/fold1.txt")
                try Self.write(list, root, "splits/trn/fold1.txt")
                let folded = try opened(root)
                let validation = try folded.validation(fold: 1)
                #expect(validation.items == ["img_1", "img_2"].map { DatasetItem(id: $0, classID: 2) })
                let training = try folded.training(fold: 1)
                let expected = [("img_1", 1), ("img_3", 3), ("img_3", 4)].map { DatasetItem(id: $0.0, classID: $0.1) }
                #expect(training.items == expected)
                #expect(validation.listHash == DatasetItem.hash(of: validation.items))
            }
        }
    }

    @Test(arguments: [
        ("JPEGImages/img_1.jpg SegmentationClass/img_2.png", "line 1"), ("img_1\nimg_1 img_1 img_1", "line 2"),
        ("JPEGImages/../img_1.jpg", "line 1"), ("img_3", ""),
    ]) func linesThatLeadElsewhereAreRefused(_ text: String, _ place: String) throws {
        try withTemporaryFolder { root in
            try Self.makeFolder(root)
            try Self.write(text, root, "splits/val/fold1.txt")
            let folded = try opened(root)
            let error = #expect(throws: DatasetError.self) { try folded.validation(fold: 1) }
            #expect(error?.place == place)
        }
    }

    @Test func idsOfPairsMayHaveTheEndingOfTheirPhoto() throws {
        let classes = [FewShotClass(id: 1, name: "disc")]
        let list = try ItemList("a.jpg__1\nsub\\b.PNG__1\nc.d__1\n", name: "list", classes: classes)
        #expect(list.items.map(\.id) == ["a", "sub/b", "c.d"])
        let outside = #expect(throws: DatasetError.self) { try ItemList("..\\a__1", name: "list", classes: classes) }
        #expect(outside?.place == "line 1")
    }

    @Test func coloursAreReadThroughTheirMap() throws {
        let colors = (1...4).map { ColorMap.vocColor($0).map(String.init).joined(separator: ",") }
        let names = ["disc", "Bar", "wedge", "rhomb"]
        let lines = zip(names, colors).map { "\($0):\($1)::\r\n" }
        let map = "# label:color_rgb:parts:actions\r\nbackground:0,0,0::\r\n" + lines.joined() + "void:224,224,192::\r\n"
        try withTemporaryFolder { root in
            try Self.makeFolder(root, colored: true)
            try Self.write("img_1__2\nimg_2__2\n", root, "splits/val/fold1.txt")
            let without = #expect(throws: ImageError.self) { try opened(root).validation(fold: 1).mask(of: 2, in: "img_1") }
            #expect(without?.advice.contains("labelmap.txt") == true)
            try Self.write(map, root, "labelmap.txt")
            for hasClasses in [true, false] {
                if !hasClasses { try FileManager.default.removeItem(at: root.appending(path: "classes.txt")) }
                let folded = try opened(root)
                #expect(folded.classes.map(\.id) == [1, 2, 3, 4])
                let mask = try folded.validation(fold: 1).mask(of: 2, in: "img_1")
                #expect(mask.object == BinaryMask("....", "##.."))
                #expect(mask.void == BinaryMask("....", "..#."))
            }
            try Self.write(map.replacing("Bar:0,128,0", with: "Bar:1,128,0"), root, "labelmap.txt")
            let unknown = #expect(throws: DatasetError.self) { try opened(root).validation(fold: 1).mask(of: 2, in: "img_1") }
            #expect(unknown?.found == "the colour 0,128,0")
            #expect(unknown?.place == "column 0, row 1")
        }
    }

    @Test(arguments: ["", "# label:color_rgb:parts:actions\n", "background:0,0,0::\nvoid:1,2,3::\n"])
    func aColourMapWithoutClassesIsRefused(_ map: String) throws {
        try withTemporaryFolder { root in
            try Self.makeFolder(root)
            try FileManager.default.removeItem(at: root.appending(path: "classes.txt"))
            try Self.write(map, root, "labelmap.txt")
            let error = #expect(throws: DatasetError.self) { try opened(root) }
            #expect(error?.found == "0 classes beside background and void")
        }
    }

    @Test(arguments: [
        ("disc:1,2", "\"disc:1,2\"", 1), ("a\n", "\"a\"", 1), ("disc:1,2,3\nbar:1,2,3", "the colour 1,2,3 a second time", 2),
        ("disc:1,2,300::", "\"disc:1,2,300::\"", 1), ("cup:1,2,3::", "the class \"cup\"", 1),
    ]) func coloursThatCannotBeUsedAreNamed(_ text: String, _ found: String, _ line: Int) throws {
        try withTemporaryFolder { root in
            try Self.makeFolder(root)
            try Self.write(text, root, "labelmap.txt")
            let error = #expect(throws: DatasetError.self) { try opened(root) }
            #expect(error?.found == found)
            #expect(error?.place == "line \(line)")
        }
    }
}
