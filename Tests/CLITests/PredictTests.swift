import Datasets
import Foundation
import TensorCore
import Testing

@Suite("fss predict")
struct PredictTests {
    @Test(
        "Writes masks, overlays, probabilities and a manifest",
        arguments: [
            ["--mask", "mask.png"], ["--box", "30,20,70,50"], ["--scribble", "strokes.json"],
            ["--point", "40,30", "--point", "45", "35"],
        ])
    func files(_ annotation: [String]) throws {
        let fixture = try Fixture()
        let result = try fixture.run(
            ["predict", "--support", "photo.jpg"] + annotation + [
                "--query", "query.png", "photo.jpg", "--out", "out", "--explain",
            ] + fixture.model)
        #expect(result.code == 0, "\(result.errors)")
        for name in ["query", "photo"] {
            let mask = try LabelMap.load(fixture.folder.url.appendingPathComponent("out/masks/\(name).png"))
            #expect(mask.width == 96 && mask.height == 80)
            #expect(Set(mask.values).isSubset(of: [0, 255]))
            for file in ["overlays/\(name).jpg", "probabilities/\(name).png", "pictures/\(name).png"] {
                #expect(fixture.folder.contains("out/\(file)"), "\(file)")
            }
        }
        let manifest = try jsonObject(
            String(contentsOf: URL(fileURLWithPath: fixture.folder["out/manifest.json"]), encoding: .utf8))
        #expect(manifest["status"] as? String == "finished")
        #expect(manifest["device"] as? String == Devices.standard.name)
        #expect((manifest["backbones"] as? [[String: Any]])?.first?["name"] as? String == "tiny")
    }

    @Test("Several backbones at once, and supports without a mask; what does not belong together is refused")
    func fusedAndBare() throws {
        let fixture = try Fixture()
        let net = "net.safetensors"
        let shown = ["predict", "--support", "photo.jpg", "--query", "query.png", "--checkpoint", "model.safetensors"]
        let twice = try fixture.run(shown + ["--mask", "mask.png", "--out", "twice", "--fused", "--backbone", net, net])
        #expect(twice.code == 0, "\(twice.errors)")
        let manifest = try jsonObject(
            String(contentsOf: URL(fileURLWithPath: fixture.folder["twice/manifest.json"]), encoding: .utf8))
        #expect((manifest["backbones"] as? [[String: Any]])?.compactMap { $0["sha256"] as? String }.count == 2)
        let bare = try fixture.run(shown + ["--no-mask", "--out", "bare", "--backbone", net])
        #expect(bare.code == 0, "\(bare.errors)")
        let resumed = try fixture.run(["predict", "--resume", "bare", "--quiet"])
        #expect(resumed.code == 0, "\(resumed.errors)")
        for (words, message) in [
            (["--mask", "mask.png", "--backbone", net, net], "or --fused"),
            (["--mask", "mask.png", "--backbone", net, "--fused"], "--fused needs two backbones"),
            (["--mask", "mask.png", "--backbone", net, net, "--fused", "--weights", net], "2 backbones and 1 files"),
            (["--mask", "mask.png", "--no-mask", "--backbone", net], "--no-mask"),
            (["--sam", net, "--no-mask", "--backbone", net], "--sam makes masks"),
        ] {
            let refused = try fixture.run(shown + words + ["--out", "refused"])
            #expect(refused.code == 64 && refused.errors.contains(message), "\(refused.errors)")
        }
    }

    @Test("Names take the words that come along; behind another backbone it is said what to do")
    func words() throws {
        let fixture = try Fixture()
        let names = ["predict", "--word", "striped ring", "--word", "dotted star", "query.png"]
        let found = try fixture.run(names + ["--steps", "1", "--ensemble", "1", "--out", "found"])
        #expect(found.code == 0, "\(found.errors)")
        let manifest = try jsonObject(
            String(contentsOf: URL(fileURLWithPath: fixture.folder["found/manifest.json"]), encoding: .utf8))
        let files = (manifest["settings"] as? [String: Any])?["files"] as? [[String: Any]]
        #expect(files?.compactMap { $0["path"] as? String }.map { $0.hasSuffix("shapes5i/words.safetensors") } == [true])
        let refused = try fixture.run(names + ["--out", "refused"] + fixture.model)
        #expect(refused.code == 64 && refused.errors.contains("needs --words"), "\(refused.errors)")
        #expect(refused.errors.contains("fss train words"))
    }

    @Test("A box of two numbers, a point of four and a point outside of the photo are refused")
    func places() throws {
        let fixture = try Fixture()
        for (annotation, message) in [
            (["--box", "30,20"], "--box takes four numbers, x0,y0,x1,y1, found '30,20'"),
            (["--point", "30,20,40,50"], "--point takes two numbers, x,y, found '30,20,40,50'"),
            (["--point", "300,20"], "the point 300.0 20.0"),
            (["--point", "30,20", "--mask", "mask.png"], "expected one mask, or boxes, strokes or points alone"),
            (["--point", "30,20", "--box", "30,20,70,50"], "point and box together"),
        ] {
            let result = try fixture.run(
                ["predict", "--support", "photo.jpg"] + annotation + ["--query", "query.png", "--out", "out"] + fixture.model)
            #expect(result.code != 0 && result.errors.contains(message), "\(result.errors)")
            #expect(!fixture.folder.contains("out/masks/query.png"))
        }
    }

    @Test("JSON is all there is on standard output; the same seed gives the same result")
    func json() throws {
        let fixture = try Fixture()
        let arguments = [
            "predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "query.png", "--json", "--seed", "5",
        ]
        let first = try fixture.run(arguments + ["--out", "a"] + fixture.model)
        let report = try jsonObject(first.output)
        #expect((report["results"] as? [[String: Any]])?.first?["mask"] as? String == "masks/query.png")
        _ = try fixture.run(arguments + ["--out", "b"] + fixture.model)
        let maps = try ["a", "b"].map {
            try Data(contentsOf: URL(fileURLWithPath: fixture.folder["\($0)/probabilities/query.png"]))
        }
        #expect(maps[0] == maps[1])
    }

    @Test("Photos that likely lack the thing get an empty mask, and every presence is told")
    func absence() throws {
        let fixture = try Fixture()
        func share(_ more: [String], _ out: String) throws -> (presence: Double, share: Double) {
            let result = try fixture.run(
                ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "query.png", "--json", "--out", out] + more
                    + fixture.model)
            let record = try #require((try jsonObject(result.output)["results"] as? [[String: Any]])?.first)
            return (try #require(record["presence"] as? Double), try #require(record["share"] as? Double))
        }
        let plain = try share(["--threshold", "0"], "a")
        #expect(plain.share == 1 && plain.presence > 0 && plain.presence < 1)
        #expect(try share(["--threshold", "0", "--absent-below", "1"], "b") == (plain.presence, 0))
        #expect(try share(["--threshold", "0", "--absent-below", "0"], "c") == plain)
        let wrong = try fixture.run(["predict", "--support", "a", "--mask", "b", "--query", "c", "--absent-below", "2"])
        #expect(wrong.code != 0 && wrong.errors.contains("--absent-below is 2.0, expected 0...1"))
    }

    @Test("Without a backbone the model of drawn shapes is taken, and what to download for photos is said")
    func shapes() throws {
        let fixture = try Fixture()
        let call = ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "query.png"]
        let result = try fixture.run(call + ["--out", "out"])
        #expect(result.code == 0 && result.errors.contains("fss weights download densenet169-torchvision"), "\(result.errors)")
        let photos = try fixture.run(
            call + ["--out", "photos", "--backbone", fixture.folder["net.safetensors"], "--steps", "1", "--ensemble", "1"])
        #expect(photos.code == 0 && !photos.errors.contains("drawn shapes"), "\(photos.errors)")
        let decoder = try fixture.run(call + ["--out", "b", "--checkpoint", "decoder.safetensors"])
        #expect(decoder.code != 0 && decoder.errors.contains("a decoder (--checkpoint) needs a backbone"))
    }

    @Test("A file of an annotation tool gives what its shapes give, and what was recognised is said")
    func formats() throws {
        let fixture = try Fixture()
        func map(_ annotation: [String], _ out: String) throws -> (errors: String, map: Data) {
            let result = try fixture.run(
                ["predict", "--support", "photo.jpg"] + annotation + ["--query", "query.png", "--out", out] + fixture.model)
            #expect(result.code == 0, "\(result.errors)")
            let url = URL(fileURLWithPath: fixture.folder["\(out)/probabilities/query.png"])
            return (result.errors, try Data(contentsOf: url))
        }
        let plain = try map(["--box", "30,20,70,50"], "a")
        let words = try map(["--box", "30", "20", "69.5", "50"], "b")
        let tool = try map(["--annotation", "shapes.json", "--class", "thing"], "c")
        #expect(plain.map == words.map)
        #expect(plain.map == tool.map)
        #expect(tool.errors.contains("labelme JSON, one object of class \"thing\"."))
        let cut = try map(["--box", "30,20,70,80.5"], "d")
        #expect(cut.errors.contains("reaches beyond the photo of 96x80"))
    }

    @Test("Masks are exported for other tools, together with a run or after it")
    func exports() throws {
        let fixture = try Fixture()
        let run = try fixture.run(
            [
                "predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "query.png", "--out", "out", "--export",
                "coco",
            ]
                + fixture.model)
        #expect(run.code == 0, "\(run.errors)")
        let mask = try BinaryMask.load(fixture.folder.url.appendingPathComponent("out/masks/query.png"))
        let photo = AnnotatedPhoto(name: "query.png", height: mask.height, width: mask.width)
        let file = fixture.folder.url.appendingPathComponent("out/exports/coco/instances.json")
        if mask.area > 0 {
            let read = try AnnotationFile.read(file, for: photo)
            #expect(read.annotation == .mask(mask))
            #expect(read.className == "object")
        }
        let later = try fixture.run(["predict", "--resume", "out", "--export", "yolo", "polygons", "--export-tolerance", "2"])
        #expect(later.code == 0, "\(later.errors)")
        #expect(later.output.contains("IoU with the masks"))
        for name in ["yolo/labels/query.txt", "polygons/query.geojson"] {
            #expect(fixture.folder.contains("out/exports/\(name)"))
        }
        let unknown = try fixture.run(["predict", "--resume", "out", "--export", "tiff"])
        #expect(unknown.code == 64)
        #expect(unknown.errors.contains("--export is tiff, expected one of coco"))
    }

    @Test("An earlier run is only replaced with --force")
    func existing() throws {
        let fixture = try Fixture()
        let arguments =
            ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "query.png", "--out", "out"] + fixture.model
        #expect(try fixture.run(arguments).code == 0)
        let refused = try fixture.run(arguments)
        #expect(refused.code == 1)
        #expect(refused.errors.contains("--force"))
        #expect(try fixture.run(arguments + ["--force"]).code == 0)
        #expect(fixture.folder.contains("out/masks/query.png"))
    }

    @Test("A damaged photo among others is reported, the others are segmented")
    func partly() throws {
        let fixture = try Fixture()
        let result = try fixture.run(
            ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "query.png", "cut.jpg", "--out", "out"]
                + fixture.model)
        #expect(result.code == 1)
        #expect(result.errors.contains("cut.jpg"))
        #expect(fixture.folder.contains("out/masks/query.png"))
        #expect(!fixture.folder.contains("out/masks/cut.png"))
    }

    @Test("Annotations belong to the support before them")
    func pairs() throws {
        let fixture = try Fixture()
        let result = try fixture.run(
            [
                "predict", "--support", "photo.jpg", "--mask", "mask.png", "--support", "photo.jpg", "--box", "30,20,50,40",
                "--box",
                "52,20,70,40", "--query", "query.png", "--out", "out",
            ] + fixture.model)
        #expect(result.code == 0, "\(result.errors)")
        let manifest = try jsonObject(
            String(contentsOf: URL(fileURLWithPath: fixture.folder["out/manifest.json"]), encoding: .utf8))
        let settings = try #require(manifest["settings"] as? [String: Any])
        let supports = try #require(settings["supports"] as? [[String: Any]])
        #expect(supports.map { ($0["annotations"] as? [String])?.count } == [1, 2])
    }

    @Test("A flag after an annotation is a flag, also when all supports come first")
    func flags() throws {
        let fixture = try Fixture()
        let result = try fixture.run(
            [
                "predict", "--support", "photo.jpg", "photo.jpg", "--mask=mask.png", "-q", "--scribble", "strokes.json", "-q",
                "--query", "query.png", "--out", "out",
            ] + fixture.model)
        #expect(result.code == 0, "\(result.errors)")
        let manifest = try jsonObject(
            String(contentsOf: URL(fileURLWithPath: fixture.folder["out/manifest.json"]), encoding: .utf8))
        let settings = try #require(manifest["settings"] as? [String: Any])
        let supports = try #require(settings["supports"] as? [[String: Any]])
        #expect(supports.map { $0["annotations"] as? [String] } == [["mask.png"], ["strokes.json"]])
        #expect((manifest["arguments"] as? [String])?.first == "predict")
    }

    @Test("What was assumed about masks and passed over in folders is in the JSON; a mask value picks one")
    func remarks() throws {
        let fixture = try Fixture()
        let values = try BinaryMask.load(fixture.folder.url.appendingPathComponent("mask.png")).values
        let labels = LabelMap(
            height: 80, width: 96, values: values.enumerated().map { $1 ? ($0 % 96 < 50 ? 3 : 7) : 0 })
        try labels.save(to: fixture.folder.url.appendingPathComponent("labels.png"))
        let photos = fixture.folder.url.appendingPathComponent("photos")
        try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: fixture.folder.url.appendingPathComponent("query.png"), to: photos.appendingPathComponent("Q.PNG"))
        try Data("GIF89a".utf8).write(to: photos.appendingPathComponent("old.gif"))
        let arguments =
            ["predict", "--support", "photo.jpg", "--mask", "labels.png", "--query", "photos", "--json", "-q"] + fixture.model
        let all = try fixture.run(arguments + ["--out", "all"])
        #expect(all.code == 0, "\(all.errors)")
        let remarks = try #require(try jsonObject(all.output)["remarks"] as? [String])
        #expect(remarks.count == 2)
        #expect(remarks.contains { $0.contains("3 and 7") })
        #expect(remarks.contains { $0.contains("1 GIF") })
        let one = try fixture.run(arguments + ["--out", "one", "--mask-value", "7"])
        #expect(one.code == 0, "\(one.errors)")
        #expect((try jsonObject(one.output)["remarks"] as? [String])?.count == 1)
        #expect(try fixture.run(arguments + ["--out", "none", "--mask-value", "8"]).errors.contains("3 and 7"))
        #expect(try fixture.run(arguments + ["--out", "none", "--mask-value", "red"]).code == 64)
    }
}
