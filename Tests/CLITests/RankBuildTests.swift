import Foundation
import Testing

/// Datasets that several ranks build together, each photo one of them.
@Suite("Several ranks: datasets", .enabled(if: Mpirun.isThere, Mpirun.remark), .serialized)
struct RankBuildTests {
    @Test("A drawn dataset is the same by any number of ranks, and one that lacks images goes on by another number")
    func drawn() throws {
        let fixture = try Fixture()
        let build = [
            "data", "build", "shapes5i", "--fold", "0", "--images-per-class", "2", "--image-size", "32", "--json", "--out",
        ]
        for ranks in 1...3 {
            let result = try Mpirun.succeed(ranks, build + ["set\(ranks)"], in: fixture)
            #expect(try jsonObject(result.output)["images"] as? Int == 40)
        }
        let whole = try Mpirun.files(fixture, "set1")
        #expect(whole.count == 83)
        for ranks in 2...3 { #expect(try Mpirun.files(fixture, "set\(ranks)") == whole) }
        let photos = whole.keys.filter { $0.hasPrefix("JPEGImages/") }.sorted()
        for photo in photos.prefix(photos.count / 2) {
            try FileManager.default.removeItem(atPath: fixture.folder["set2/\(photo)"])
        }
        let kept = fixture.folder["set2/\(try #require(photos.last))"]
        let written = try #require(FileManager.default.attributesOfItem(atPath: kept)[.modificationDate] as? Date)
        try Mpirun.succeed(3, ["data", "build", "shapes5i", "--resume", "set2"], in: fixture)
        #expect(try Mpirun.files(fixture, "set2") == whole)
        #expect(try FileManager.default.attributesOfItem(atPath: kept)[.modificationDate] as? Date == written)
    }

    @Test("Builds from downloads are the same by two ranks, what is refused is told once, and they go on")
    func downloads() throws {
        let fixture = try Fixture()
        let root = fixture.folder.url
        try PascalDataTests.write(root)
        try COCODataTests.write(root.appendingPathComponent("COCO"))
        let broken = root.appendingPathComponent("SegmentationClassAug/2009_100007.png")
        let content = try Data(contentsOf: broken)
        try content.prefix(40).write(to: broken)
        let pascal = ["data", "build", "pascal5i", "--voc", "VOC2012", "--sbd", "SegmentationClassAug", "--photos", "copy"]
        for ranks in 1...2 {
            let built = try Mpirun.run(ranks, pascal + ["--out", "pascal\(ranks)"], in: fixture)
            #expect(built.code != 0 && built.output.contains("59 images"), "\(built.errors)")
            let told = built.errors.split(separator: "\n").filter { $0.contains("2009_100007.png") }
            #expect(told.count == 1, "\(built.errors)")
        }
        try content.write(to: broken)
        for ranks in 1...2 {
            let again = try Mpirun.succeed(ranks, ["data", "build", "pascal5i", "--resume", "pascal\(ranks)"], in: fixture)
            #expect(again.output.contains("60 images"))
            try Mpirun.succeed(ranks, ["data", "build", "coco20i", "--coco", "COCO", "--out", "coco\(ranks)"], in: fixture)
        }
        for name in ["pascal", "coco"] {
            let one = try Mpirun.files(fixture, "\(name)1")
            #expect(one["index.csv"] != nil && one.count > 30)
            #expect(try Mpirun.files(fixture, "\(name)2") == one)
        }
    }

    @Test("Ranks that were asked for different datasets end with what differs")
    func different() throws {
        let fixture = try Fixture()
        let tool = CommandLineTool.executable.path
        let build = [tool, "data", "build", "shapes5i", "--fold", "0", "--images-per-class", "2", "--out", "set"]
        let result = try CommandLineTool.run(
            Mpirun.words(1) + build + ["--image-size", "32", ":", "-n", "1"] + build + ["--image-size", "48"],
            in: fixture.folder.url, executable: Mpirun.env, environment: Mpirun.environment)
        #expect(result.code != 0 && result.errors.contains("rank 1") && result.errors.contains("settings"), "\(result.errors)")
        #expect(!fixture.folder.contains("set/JPEGImages"))
    }
}
