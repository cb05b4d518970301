import Foundation
import Testing

@testable import Datasets

@Suite struct EpisodeListTests {
    @Test func foldsOfPascal() {
        #expect(Pascal5i.classes.count == 20)
        #expect(Pascal5i.novelClasses(fold: 2).map(\.name) == ["dining table", "dog", "horse", "motorbike", "person"])
        #expect(Pascal5i.novelClasses(fold: 3).map(\.id) == [16, 17, 18, 19, 20])
        #expect(Pascal5i.baseClasses(fold: 0).map(\.id) == Array(6...20))
    }

    @Test func readsItems() throws {
        let list = try ItemList("a__01\r\n\nval/b__c__05  \n", name: "list", classes: Pascal5i.novelClasses(fold: 0))
        #expect(list.items == [DatasetItem(id: "a", classID: 1), DatasetItem(id: "val/b__c", classID: 5)])
    }

    @Test(arguments: [
        ("a__1\nb_2", "line 2", "\"b_2\""),
        ("a__1\nb__x", "line 2", "\"b__x\""),
        ("__1", "line 1", "\"__1\""),
        ("a__1\n\nb__6", "line 3", "class 6"),
        ("../../etc/passwd__1", "line 1", "the id \"../../etc/passwd\""),
        ("/etc/passwd__1", "line 1", "the id \"/etc/passwd\""),
        (" \n", "", "no line"),
    ]) func namesTheBadLine(_ text: String, _ place: String, _ found: String) {
        let error = #expect(throws: DatasetError.self) {
            try ItemList(text, name: "list.txt", classes: Pascal5i.novelClasses(fold: 0))
        }
        #expect(error?.file == "list.txt")
        #expect(error?.place == place)
        #expect(error?.found == found)
    }

    @Test func vocFolderNamesWhatIsMissing() throws {
        try withTemporaryFolder { folder in
            #expect(throws: DatasetError.self) { try VOCFolder(root: folder) }
            for name in ["JPEGImages", "SegmentationClass"] {
                try FileManager.default.createDirectory(
                    at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            let voc = try VOCFolder(root: folder)
            try ImageFile.save(RGBImage(height: 3, width: 4), to: folder.appending(path: "JPEGImages/a.jpg"))
            try LabelMap(height: 3, width: 4, values: [UInt8](repeating: 2, count: 12))
                .save(to: folder.appending(path: "SegmentationClass/a.png"))
            let classes = Pascal5i.novelClasses(fold: 0)
            let good = try ItemList("a__2", name: "good", classes: classes)
            let dataset = try VOCDataset(folder: voc, list: good, classes: classes)
            #expect(try dataset.labels("a").values == [UInt8](repeating: 2, count: 12))
            #expect(try dataset.image("a").width == 4)
            let bad = try ItemList("a__2\nmissing__2", name: "bad", classes: classes)
            let error = #expect(throws: DatasetError.self) {
                try VOCDataset(folder: voc, list: bad, classes: classes)
            }
            #expect(error?.file.hasSuffix("JPEGImages/missing.jpg") == true)
            #expect(error?.found == "no such file (2 missing in all)")
        }
    }

    @Test func refusesPicklesThatCallCode() throws {
        // protocol 3, GLOBAL os system
        let bytes: [UInt8] = [0x80, 3, 0x63] + Array("os\nsystem\n".utf8) + [0x2E]
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "evil.pkl")
            try Data(bytes).write(to: url)
            let error = #expect(throws: DatasetError.self) { try COCOItemList.load(url) }
            #expect(error?.found == "the pickle opcode 99")
            for bytes: [UInt8] in [[], [0x80], [0x65], [0x75], [0x2E], [0x68, 1], [0x58, 255, 255, 255, 255]] {
                try Data(bytes).write(to: url)
                #expect(throws: DatasetError.self) { try COCOItemList.load(url) }
            }
        }
    }
}
