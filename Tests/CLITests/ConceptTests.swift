import Datasets
import Foundation
import Testing

@Suite("fss concept")
struct ConceptTests {
    @Test("A concept is made, grows, is shown and shrinks")
    func story() throws {
        let fixture = try Fixture()
        let made = try fixture.run(["concept", "create", "cup.fss", "--support", "photo.jpg", "--mask", "mask.png"])
        #expect(made.code == 0 && made.output.contains("cup  (cup.fss, version 1"), "\(made.errors)")
        let file = fixture.folder.url.appendingPathComponent("cup.fss")
        let photo = try Data(contentsOf: fixture.folder.url.appendingPathComponent("photo.jpg"))
        #expect(try Concept.read(file).supports.map { Data($0.photo) } == [photo])
        let there = try fixture.run(["concept", "create", "cup.fss", "--support", "photo.jpg", "--mask", "mask.png"])
        #expect(there.code == 1 && there.errors.contains("fss concept add"), "\(there.errors)")
        let added = try fixture.run([
            "concept", "add", "cup.fss", "--support", "query.png", "--box", "30,20,60,50", "--notes", "white", "--name", "mug",
        ])
        #expect(added.code == 0, "\(added.errors)")
        let twice = try fixture.run(["concept", "add", "cup.fss", "--support", "query.png", "--box", "30,20,60,50"])
        #expect(twice.code == 1 && twice.errors.contains("the photo and annotation of support 2"), "\(twice.errors)")
        let shown = try fixture.run(["concept", "show", "cup.fss", "--json", "--pictures", "drawn"])
        let report = try jsonObject(shown.output)
        #expect(report["name"] as? String == "mug" && report["notes"] as? String == "white")
        #expect((report["supports"] as? [[String: Any]])?.compactMap { $0["annotation"] as? String } == ["mask", "box"])
        #expect(fixture.folder.contains("drawn/1.jpg") && fixture.folder.contains("drawn/2.jpg"))
        #expect(try fixture.run(["concept", "remove", "cup.fss", "1"]).code == 0)
        #expect(try Concept.read(file).supports.map(\.annotation.kind) == [.box])
        let last = try fixture.run(["concept", "remove", "cup.fss", "1"])
        #expect(last.code == 1 && last.errors.contains("0 supports"), "\(last.errors)")
    }

    @Test("What is no concept, or was changed, is refused by name")
    func refused() throws {
        let fixture = try Fixture()
        for (file, said) in [
            ("photo.jpg", "no zip archive"), ("labels.zip", "damaged zip archive"), ("none.fss", "no such file"),
        ] {
            let shown = try fixture.run(["concept", "show", file])
            #expect(shown.code == 1 && shown.errors.contains(file) && shown.errors.contains(said), "\(shown.errors)")
        }
        let nothing = try fixture.run(["concept", "add", "none.fss"])
        #expect(nothing.code == 64 && nothing.errors.contains("--support, --name or --notes"), "\(nothing.errors)")
        let empty = try fixture.run(["concept", "create", "cup.fss", "--support", "photo.jpg", "--mask", "empty.png"])
        #expect(empty.code == 1 && !fixture.folder.contains("cup.fss"), "\(empty.errors)")
    }

    @Test("Several concepts are found in one call, with instances, crops, exports and a summary")
    func predict() throws {
        let fixture = try Fixture()
        for (name, box) in [("cup", "30,20,70,50"), ("plate", "5,5,20,30")] {
            let made = try fixture.run(["concept", "create", "\(name).fss", "--support", "photo.jpg", "--box", box])
            #expect(made.code == 0, "\(made.errors)")
        }
        let call = ["predict", "--concept", "cup.fss", "--concept", "plate.fss", "query.png", "photo.jpg"]
        let result = try fixture.run(
            call + ["--out", "out", "--threshold", "0.2", "--separate", "--min-area", "3", "--crops", "--export", "coco", "csv"]
                + fixture.model)
        #expect(result.code == 0 && result.output.contains("2 photos: "), "\(result.errors)")
        #expect(fixture.folder.contains("out/probabilities/2-plate/photo.png"))
        let summary = try jsonObject(
            String(contentsOf: URL(fileURLWithPath: fixture.folder["out/summary.json"]), encoding: .utf8))
        #expect(summary["photos"] as? Int == 2 && summary["status"] as? String == "finished")
        let table = try String(contentsOf: URL(fileURLWithPath: fixture.folder["out/exports/csv/instances.csv"]), encoding: .utf8)
        #expect(table.split(separator: "\n").count - 1 == summary["instances"] as? Int)
        let tiled = try fixture.run(call + ["--out", "tiled", "--tiles", "2", "--resolution", "32"] + fixture.model)
        #expect(tiled.code == 0, "\(tiled.errors)")
        let looked = try fixture.run(
            call + ["--out", "looked", "--first-look", "leading:0.3", "--overlap", "things"] + fixture.model)
        #expect(looked.code == 0, "\(looked.errors)")
        let manifest = try jsonObject(
            String(contentsOf: URL(fileURLWithPath: fixture.folder["looked/manifest.json"]), encoding: .utf8))
        let settings = try #require(manifest["settings"] as? [String: Any])
        #expect(settings["overlap"] as? String == "things")
        #expect((settings["firstLook"] as? [String: Any])?["name"] as? String == "leading")
        let kept = try fixture.run(["predict", "--resume", "looked", "--first-look", "none"])
        #expect(kept.code == 64 && kept.errors.contains("--first-look"), "\(kept.errors)")
        for (more, said) in [
            (["--first-look", "best"], "--first-look is best, expected leading or presence"), (["--overlap", "none"], "overlap"),
            (["--tiles", "0"], "--tiles"), (["--resolution", "8"], "--resolution is 8, expected 32...2048"),
            (["--min-area", "0"], "--min-area is 0"), (["--explain"], "leave out --tiles"),
            (["--support", "photo.jpg", "--mask", "mask.png"], "give one of them"),
        ] {
            let wrong = try fixture.run(call + ["--out", "wrong"] + more + fixture.model)
            #expect(wrong.code == 64 && wrong.errors.contains(said), "\(wrong.errors)")
        }
    }

    @Test("Frames of a video are taken in their order, and what does not go with them is refused")
    func video() throws {
        let fixture = try Fixture()
        let made = try fixture.run(["concept", "create", "cup.fss", "--support", "photo.jpg", "--mask", "mask.png"])
        #expect(made.code == 0, "\(made.errors)")
        let frames = fixture.folder.url.appendingPathComponent("frames")
        try FileManager.default.createDirectory(at: frames, withIntermediateDirectories: true)
        for name in ["f10.png", "f9.png", "f1.png"] {
            try FileManager.default.copyItem(
                at: fixture.folder.url.appendingPathComponent("query.png"), to: frames.appendingPathComponent(name))
        }
        let call = ["predict", "--concept", "cup.fss", "frames", "--threshold", "0.2"]
        let result = try fixture.run(
            call + ["--video", "--video-presence", "0", "--out", "out", "--export", "yolo"] + fixture.model)
        #expect(result.code == 0, "\(result.errors)")
        let log = try String(contentsOf: URL(fileURLWithPath: fixture.folder["out/results.jsonl"]), encoding: .utf8)
        let records = try log.split(separator: "\n").map { try jsonObject(String($0)) }
        #expect(records.compactMap { $0["name"] as? String } == ["f1", "f9", "f10"])
        #expect(records.compactMap { ($0["before"] as? [String: Any])?["name"] as? String } == ["f1", "f9"])
        let manifest = try jsonObject(
            String(contentsOf: URL(fileURLWithPath: fixture.folder["out/manifest.json"]), encoding: .utf8))
        let settings = try #require(manifest["settings"] as? [String: Any])
        #expect((settings["video"] as? [String: Any])?["leastPresence"] as? Double == 0)
        #expect(fixture.folder.contains("out/exports/yolo/images/f10.png"))
        let again = try fixture.run(["predict", "--resume", "out", "--export", "csv"])
        #expect(again.code == 0 && again.output.contains("3 of them done before"), "\(again.errors)")
        for (more, said) in [
            (["--video", "--recursive"], "the frames of one video are in one folder"),
            (["--video", "--explain"], "--explain and"),
            (["--video", "--video-presence", "2"], "expected 0...1"), (["--video-presence", "0.4"], "give that, too"),
        ] {
            let wrong = try fixture.run(call + ["--out", "wrong"] + more + fixture.model)
            #expect(wrong.code == 64 && wrong.errors.contains(said), "\(wrong.errors)")
        }
        let several = try fixture.run(call + ["photo.jpg", "--video", "--out", "wrong"] + fixture.model)
        #expect(several.code == 64 && several.errors.contains("photos in 2 folders"), "\(several.errors)")
    }
}
