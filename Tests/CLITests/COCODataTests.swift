import Datasets
import Foundation
import Testing

@Suite("fss data build coco20i")
struct COCODataTests {
    /// Photos of 2017 with a box of a class of every fold, and their instances.
    static func write(_ root: URL) throws {
        var ids = COCO20iClasses.classIDs.map { (category: $0.key, classID: $0.value) }.filter { $0.classID <= 4 }
        ids.sort { $0.classID < $1.classID }
        let names = Dictionary(uniqueKeysWithValues: COCO20iClasses.classes.map { ($0.id, $0.name) })
        let categories = ids.map { #"{"id": \#($0.category), "name": "\#(names[$0.classID] ?? "")"}"# }.joined(separator: ", ")
        for (split, first) in [("train", 100), ("val", 200)] {
            let photos = root.appendingPathComponent("\(split)2017")
            try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
            var (images, annotations): ([String], [String]) = ([], [])
            for number in 0..<8 {
                let id = first + number
                let name = "000000000\(id).jpg"
                try ImageFile.save(
                    RGBImage(height: 60, width: 60, red: UInt8(id), green: 90), to: photos.appendingPathComponent(name))
                images.append(#"{"id": \#(id), "file_name": "\#(name)", "height": 60, "width": 60}"#)
                annotations.append(
                    """
                    {"id": \(id), "image_id": \(id), "category_id": \(ids[number % 4].category), "iscrowd": 0, "area": 2500,
                    "bbox": [0, 0, 50, 50], "segmentation": [[0, 0, 50, 0, 50, 50, 0, 50]]}
                    """)
            }
            let folder = root.appendingPathComponent("annotations")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let text = """
                {"images": [\(images.joined(separator: ", "))], "annotations": [\(annotations.joined(separator: ", "))],
                "categories": [\(categories)]}
                """
            try Data(text.utf8).write(to: folder.appendingPathComponent("instances_\(split)2017.json"))
        }
    }

    @Test("From the downloads to a checked dataset; a damaged photo is named, and --resume goes on when it is mended")
    func build() throws {
        let fixture = try Fixture()
        let root = fixture.folder.url
        try Self.write(root.appendingPathComponent("COCO"))
        let broken = root.appendingPathComponent("COCO/val2017/000000000203.jpg")
        let whole = try Data(contentsOf: broken)
        try whole.prefix(10).write(to: broken)
        let built = try fixture.run(["data", "build", "coco20i", "--coco", "COCO", "--out", "set", "--overlap", "smallest"])
        #expect(built.code == 1)
        #expect(built.errors.contains("000000000203.jpg"))
        #expect(built.output.contains("15 images (train2017 8, val2017 7)"))
        try whole.write(to: broken)
        let again = try fixture.run(["data", "build", "coco20i", "--resume", "set", "--json"])
        #expect(again.code == 0, "\(again.errors)")
        #expect(try jsonObject(again.output)["images"] as? Int == 16)
        let check = try fixture.run(["data", "check", "coco=set"])
        #expect(check.code == 0, "\(check.errors) \(check.output)")
        #expect(check.output.contains("val2017: 8 images with annotations; COCO has 4952"))
        #expect(check.output.contains("overlap smallest"))
    }

    @Test("Options of other datasets, and rules that label maps cannot hold, are wrong usage")
    func options() throws {
        let fixture = try Fixture()
        for (arguments, word) in [
            (["coco20i", "--out", "a", "--voc", "b"], "--voc belongs to pascal5i"),
            (["pascal5i", "--out", "a", "--year", "2014"], "--year belongs to coco20i"),
            (["shapes5i", "--out", "a", "--photos", "copy"], "--photos belongs to pascal5i and coco20i"),
            (["coco20i", "--out", "a"], "--coco"),
            (["coco20i", "--out", "a", "--coco", "b", "--overlap", "separate"], "one class a pixel"),
            (["coco20i", "--out", "a", "--coco", "b", "--year", "2015"], "--year is 2015"),
            (["coco20i", "--resume", "a", "--crowds", "void"], "--crowds was settled"),
        ] {
            let result = try fixture.run(["data", "build"] + arguments)
            #expect(result.code == 64, "\(arguments)")
            #expect(result.errors.contains(word), "\(arguments): \(result.errors)")
        }
    }
}
