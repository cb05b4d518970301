import Datasets
import Foundation
import Testing

@Suite("fss data build pascal5i")
struct PascalDataTests {
    /// VOC 2012 and a folder of label maps in miniature.
    static func write(_ root: URL) throws {
        let voc = root.appendingPathComponent("VOC2012")
        for folder in [
            "VOC2012/JPEGImages", "VOC2012/SegmentationClass", "VOC2012/ImageSets/Segmentation", "SegmentationClassAug",
        ] {
            try FileManager.default.createDirectory(at: root.appendingPathComponent(folder), withIntermediateDirectories: true)
        }
        func write(_ id: String, _ classID: UInt8, _ folder: String) throws {
            try ImageFile.save(
                RGBImage(height: 60, width: 60, red: 90, green: 10 * classID, blue: 20),
                to: voc.appendingPathComponent("JPEGImages/\(id).jpg"))
            let values = (0..<3600).map { $0 < 2400 ? classID : 0 }
            try LabelMap(height: 60, width: 60, values: values).save(to: root.appendingPathComponent("\(folder)/\(id).png"))
        }
        var lists = ["train": "", "val": ""]
        for classID in 1...20 {
            let own = ["train": "2007_\(100_000 + classID)", "val": "2008_\(100_000 + classID)"]
            for (list, id) in own {
                try write(id, UInt8(classID), "VOC2012/SegmentationClass")
                lists[list, default: ""] += "\(id)\n"
            }
            try write("2009_\(100_000 + classID)", UInt8(classID), "SegmentationClassAug")
        }
        for (name, text) in lists {
            try Data(text.utf8).write(to: voc.appendingPathComponent("ImageSets/Segmentation/\(name).txt"))
        }
    }

    @Test("From the downloads to a checked dataset with a sheet of its classes")
    func build() throws {
        let fixture = try Fixture()
        let root = fixture.folder.url
        try Self.write(root)
        let built = try fixture.run([
            "data", "build", "pascal5i", "--voc", "VOC2012", "--sbd", "SegmentationClassAug", "--out", "set", "--json",
        ])
        #expect(built.code == 0, "\(built.errors)")
        #expect(try jsonObject(built.output)["images"] as? Int == 60)
        let check = try fixture.run(["data", "check", "pascal5i=set"])
        #expect(check.code == 0, "\(check.errors)")
        #expect(check.output.contains("trainaug: 40 images; the community's trainaug has 10582"))
        #expect(check.output.contains("val/fold0 is none of the known lists: HSNet's list has 346 pairs"))
        let plain = try fixture.run(["data", "check", "set"])
        #expect(plain.code == 0, "\(plain.errors)")
        let info = try fixture.run(["data", "info", "pascal10i=set", "--classes", "--sheet", "sheet.png"])
        #expect(info.code == 0, "\(info.errors)")
        #expect(info.output.contains("tv monitor"))
        let sheet = try ImageFile.load(root.appendingPathComponent("sheet.png"))
        #expect(sheet.height > 20 * 150)
    }

    @Test("What cannot be used is named, the rest is there, and --resume goes on when it is mended")
    func faults() throws {
        let fixture = try Fixture()
        let root = fixture.folder.url
        try Self.write(root)
        let broken = root.appendingPathComponent("SegmentationClassAug/2009_100007.png")
        let whole = try Data(contentsOf: broken)
        try whole.prefix(40).write(to: broken)
        let built = try fixture.run([
            "data", "build", "pascal5i", "--voc", "VOC2012", "--sbd", "SegmentationClassAug", "--out", "set",
        ])
        #expect(built.code == 1)
        #expect(built.errors.contains("2009_100007.png"))
        #expect(built.output.contains("59 images"))
        try whole.write(to: broken)
        let again = try fixture.run(["data", "build", "pascal5i", "--resume", "set"])
        #expect(again.code == 0, "\(again.errors)")
        #expect(again.output.contains("60 images"))
    }

    @Test("Options of the other dataset, and missing ones, are wrong usage")
    func options() throws {
        let fixture = try Fixture()
        for (arguments, word) in [
            (["shapes5i", "--out", "a", "--voc", "b"], "--voc belongs to pascal5i"),
            (["pascal5i", "--out", "a", "--image-size", "64"], "--image-size belongs to shapes5i"),
            (["pascal5i", "--out", "a", "--voc", "b"], "--sbd"),
            (["pascal5i", "--resume", "a", "--voc", "b"], "--voc was settled"),
            (["shapes5i"], "--out"),
            (["pascal5i", "--out", "a", "--voc", "b", "--sbd", "c", "--min-pixels", "0"], "--min-pixels is 0"),
        ] {
            let result = try fixture.run(["data", "build"] + arguments)
            #expect(result.code == 64, "\(arguments)")
            #expect(result.errors.contains(word), "\(arguments): \(result.errors)")
        }
    }
}
