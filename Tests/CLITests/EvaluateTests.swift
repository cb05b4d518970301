import Foundation
import Testing

@Suite("fss evaluate, demo and bench")
struct EvaluateTests {
    @Test("Scores every backbone and method, in numbers and pictures")
    func matrix() throws {
        let fixture = try Fixture()
        let result = try fixture.run([
            "evaluate", "--images-per-class", "3", "--episodes", "6", "--pictures", "3", "--backbone", "net.safetensors",
            "--checkpoint", "model.safetensors", "--annotation", "box", "--out", "out", "--json",
        ])
        #expect(result.code == 0, "\(result.errors)")
        let report = try jsonObject(result.output)
        let cells = try #require(report["cells"] as? [[String: Any]])
        #expect(cells.map { $0["method"] as? String } == ["foreground", "contrast", "DiffUp"])
        let row = try #require((report["matrix"] as? [[String: Any]])?.first)
        #expect((row["scores"] as? [String: Any])?.count == 3)
        #expect(row["difference"] is Double)
        for file in [
            "metrics.json", "matrix.csv", "classes.csv", "manifest.json", "pictures/fold0-tiny-DiffUp.png",
            "pictures/fold0-tiny-DiffUp.json", "fold0-tiny-DiffUp/episodes.csv", "report.html",
        ] {
            #expect(fixture.folder.contains("out/\(file)"), "\(file)")
        }
    }

    @Test("HSNet's protocol sets the resolution, single values may differ, and the manifest says so")
    func protocols() throws {
        let fixture = try Fixture()
        let arguments = [
            "evaluate", "--images-per-class", "3", "--episodes", "4", "--backbone", "net.safetensors", "--baselines", "contrast",
            "--image-size", "64", "--force", "--out", "out", "--protocol", "hsnet",
        ]
        for (extra, space, changes) in [
            ([], "square-400", ["episodes 4"]), (["--iou-space", "original"], "original", ["space original", "episodes 4"]),
            (["--iou-space", "square-48", "--seed", "3"], "square-48", ["space square-48", "episodes 4", "seed 3"]),
        ] {
            let result = try fixture.run(arguments + extra)
            #expect(result.code == 0, "\(result.errors)")
            #expect(result.output.contains("IoU space \(space):") && result.output.contains("Protocol hsnet version 1 ("))
            let text = try String(contentsOfFile: fixture.folder["out/fold0-tiny-contrast/manifest.json"], encoding: .utf8)
            let manifest = try jsonObject(text)
            #expect(manifest["protocolID"] as? String == "hsnet")
            #expect(manifest["iouSpace"] as? String == space)
            #expect(manifest["protocolChanges"] as? [String] == changes)
            let plan = try jsonObject(try String(contentsOfFile: fixture.folder["out/manifest.json"], encoding: .utf8))
            let settings = try #require(plan["settings"] as? [String: Any])
            #expect((settings["evaluation"] as? [String: Any])?["space"] as? String == space)
        }
        for wrong in [["--protocol", "nonsense"], ["--iou-space", "square-0"], ["--fold", "4"]] {
            #expect(try fixture.run(arguments + wrong).code == 64)
        }
    }

    @Test("Presence is fitted beside the decoder by an evaluation, and a fused row needs several backbones and a decoder")
    func presenceAndFused() throws {
        let fixture = try Fixture()
        let few = ["evaluate", "--images-per-class", "3", "--episodes", "4", "--pictures", "0", "--baselines", "none"]
        let model = ["--backbone", "net.safetensors", "--checkpoint", "model.safetensors"]
        let absent = ["--absent-share", "0.5"]
        let refused = try fixture.run(few + model + absent + ["--fit-presence", "--out", "a"])
        #expect(refused.code == 64 && refused.errors.contains("--classes base"), "\(refused.errors)")
        let fitted = try fixture.run(few + model + absent + ["--fit-presence", "--classes", "base", "--out", "fit"])
        #expect(fitted.code == 0 && fixture.folder.contains("model.presence.json"), "\(fitted.errors)")
        let scored = try fixture.run(few + model + absent + ["--out", "scored"])
        #expect(scored.code == 0, "\(scored.errors)")
        let metrics = try String(contentsOfFile: fixture.folder["scored/fold0-tiny-DiffUp/metrics.json"], encoding: .utf8)
        #expect(metrics.contains("calibrated presence"))
        let alone = try fixture.run(few + model + ["--fused", "--out", "b"])
        #expect(alone.code == 64 && alone.errors.contains("1 backbones"), "\(alone.errors)")
    }

    @Test("Baselines are scored without a decoder")
    func baselines() throws {
        let fixture = try Fixture()
        let result = try fixture.run([
            "evaluate", "--images-per-class", "3", "--episodes", "4", "--backbone", "net.safetensors", "--baselines", "contrast",
            "--image-size", "64", "--out", "out",
        ])
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains("contrast"))
    }

    @Test("Base classes that a training kept aside are scored alone")
    func heldOutClasses() throws {
        let fixture = try Fixture()
        let result = try fixture.run([
            "evaluate", "--images-per-class", "3", "--classes", "base", "--held-out", "2", "--episodes", "6", "--backbone",
            "net.safetensors", "--baselines", "contrast", "--image-size", "64", "--out", "out",
        ])
        #expect(result.code == 0, "\(result.errors)")
        let table = try String(contentsOfFile: fixture.folder["out/classes.csv"], encoding: .utf8)
        #expect(table.split(separator: "\n").count == 3, "a header and two classes: \(table)")
    }

    @Test("The demo prints scores for three annotations and writes its sheet")
    func demo() throws {
        let fixture = try Fixture()
        let result = try fixture.run(["demo", "--episodes", "3", "--out", "out"] + fixture.model)
        #expect(result.code == 0, "\(result.errors)")
        for word in ["mask", "box", "scribble", "DiffUp", "prior"] { #expect(result.output.contains(word)) }
        #expect(fixture.folder.contains("out/demo.png"))
    }

    @Test("Times of all pieces are reported")
    func bench() throws {
        let fixture = try Fixture()
        let result = try fixture.run([
            "bench", "--runs", "1", "--json", "--backbone", fixture.folder["net.safetensors"], "--checkpoint",
            "model.safetensors",
        ])
        #expect(result.code == 0, "\(result.errors)")
        let rows = try #require(try jsonObject(result.output)["rows"] as? [[String: Any]])
        #expect(rows.count == 6)
        #expect(rows.allSatisfy { ($0["medianMS"] as? Double ?? 0) > 0 })
    }
}
