import Foundation
import Testing

@Suite("Auxiliary supports from the command line")
struct AuxiliaryTests {
    private static let evaluation = [
        "evaluate", "--images-per-class", "3", "--episodes", "4", "--pictures", "2", "--backbone", "net.safetensors",
        "--checkpoint", "model.safetensors", "--baselines", "contrast",
    ]

    @Test("An evaluation is shown generated supports, says so, and goes on with the same")
    func evaluate() throws {
        let fixture = try Fixture()
        let own = ["--auxiliary", "2", "--control", "hed", "--auxiliary-cache", "made", "--auxiliary-set", "side=64"]
        let asked = try fixture.run(Self.evaluation + own + ["--auxiliary-dry-run"])
        #expect(asked.code == 0 && asked.output.contains("pictures") && asked.output.contains("MiB"), "\(asked.errors)")
        let result = try fixture.run(Self.evaluation + own + ["--out", "out"])
        #expect(result.code == 0, "\(result.errors)")
        for file in ["auxiliary.png", "metrics.json", "pictures/fold0-tiny-DiffUp.png", "manifest.json"] {
            #expect(fixture.folder.contains("out/\(file)"), "\(file)")
        }
        let manifest = try jsonObject(try String(contentsOfFile: fixture.folder["out/manifest.json"], encoding: .utf8))
        let plan = try #require(manifest["settings"] as? [String: Any])
        let auxiliary = try #require(plan["auxiliary"] as? [String: Any])
        #expect((auxiliary["identity"] as? String)?.contains("redrawing") == true)
        let settings = try #require((auxiliary["settings"] as? [String: Any])?["settings"] as? [String: Any])
        #expect(settings["count"] as? Int == 2 && settings["control"] as? String == "hed")
        let cell = try String(contentsOfFile: fixture.folder["out/fold0-tiny-DiffUp/manifest.json"], encoding: .utf8)
        for word in ["auxiliaryGenerator", "auxiliaryControl", "auxiliaryPrompt", "2 of 2"] { #expect(cell.contains(word)) }

        let known = try fixture.run(Self.evaluation + own + ["--auxiliary-dry-run"])
        #expect(known.output.contains(" 0 of them to be made"), "\(known.output)")
        let before = try String(contentsOfFile: fixture.folder["out/matrix.csv"], encoding: .utf8)
        let again = try fixture.run(["evaluate", "--resume", "out"])
        #expect(again.code == 0, "\(again.errors)")
        #expect(try String(contentsOfFile: fixture.folder["out/matrix.csv"], encoding: .utf8) == before)
        let refused = try fixture.run(["evaluate", "--resume", "out", "--auxiliary", "3"])
        #expect(refused.code == 64 && refused.errors.contains("--auxiliary"))
    }

    @Test("Filters and estimated masks ask the segmenter itself")
    func filtered() throws {
        let fixture = try Fixture()
        let result = try fixture.run(
            Self.evaluation + [
                "--auxiliary", "1", "--auxiliary-generator", "shapes-0.5", "--auxiliary-cache", "made", "--out", "out",
                "--auxiliary-set", "filter.candidates=2", "--auxiliary-set", "filter.measure=both", "--auxiliary-set",
                "mask=estimated",
            ])
        #expect(result.code == 0, "\(result.errors)")
        let cell = try String(contentsOfFile: fixture.folder["out/fold0-tiny-contrast/manifest.json"], encoding: .utf8)
        #expect(cell.contains("the segmenter itself") && cell.contains("1 of 2"))
    }

    @Test("A training has generated supports, and continues to the same model")
    func train() throws {
        let fixture = try Fixture()
        func arguments(_ out: String, _ steps: Int) -> [String] {
            ["train", "--images-per-class", "2", "--backbone", fixture.folder["net.safetensors"], "--out", out]
                + Fixture.smallDecoder + ["--set", "training.steps=\(steps)", "--set", "training.checkpointInterval=2"]
        }
        let own = ["--auxiliary", "1", "--control", "scribble", "--auxiliary-cache", "made", "--features", "features"]
        let result = try fixture.run(arguments("run", 2) + own)
        #expect(result.code == 0, "\(result.errors)")
        let plain = try fixture.run(arguments("plain", 2) + ["--features", "features"])
        #expect(plain.code == 0, "\(plain.errors)")
        func model(_ run: String) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: fixture.folder["\(run)/model.safetensors"]))
        }
        #expect(try model("run") != model("plain"))
        let again = try fixture.run(["train", "--resume", "run"])
        #expect(again.code == 0, "\(again.errors)")
        let manifest = try String(contentsOfFile: fixture.folder["run/manifest.json"], encoding: .utf8)
        #expect(manifest.contains("redrawing") && manifest.contains("scribble"))
        #expect(fixture.folder.contains("run/auxiliary.png"))
        let told = try fixture.run(arguments("other", 2) + own + ["--auxiliary-dry-run", "--json"])
        #expect(try jsonObject(told.output)["pictures"] as? Int == 30, "\(told.errors)")
    }

    @Test(
        "Options that do not go together are refused with their names",
        arguments: [
            (["--control", "hed"], "--auxiliary"), (["--auxiliary-dry-run"], "--auxiliary"),
            (["--auxiliary", "65"], "--auxiliary"), (["--auxiliary", "1", "--control", "depth"], "--control"),
            (["--auxiliary", "1", "--hed", "h.pth"], "--hed"), (["--auxiliary", "1", "--controlnet", "c"], "--controlnet"),
            (["--auxiliary", "1", "--vocabulary", "v"], "--vocabulary"),
            (["--auxiliary", "1", "--text-encoders", "t"], "--text-encoders belongs to --controlnet"),
            (["--auxiliary", "1", "--prediction", "v_prediction"], "--prediction belongs to --controlnet"),
            (["--auxiliary", "1", "--auxiliary-generator", "painter"], "auxiliary-generator"),
            (["--auxiliary", "1", "--auxiliary-set", "steps=0"], "steps"),
        ])
    func conflicts(_ words: [String], _ name: String) throws {
        let fixture = try Fixture()
        let result = try fixture.run(Self.evaluation + words + ["--out", "out"])
        #expect(result.code != 0 && result.errors.contains(name), "\(result.errors)")
        #expect(!fixture.folder.contains("out"))
    }

    @Test("Files that are not there are told before a folder is made for the results")
    func missing() throws {
        let fixture = try Fixture()
        for words in [["--auxiliary-generator", "folder=none"], ["--auxiliary-generator", "none", "--controlnet", "none"]] {
            let result = try fixture.run(Self.evaluation + ["--auxiliary", "1", "--out", "out"] + words)
            #expect(result.code != 0 && result.errors.contains("none"), "\(result.errors)")
        }
    }

    @Test("A folder of diffusers is read without --controlnet, and takes what belongs to models")
    func ownControlNet() throws {
        let fixture = try Fixture()
        let model = fixture.folder.url.appendingPathComponent("sd")
        try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
        try Data(#"{"_class_name": "StableDiffusionPipeline"}"#.utf8).write(to: model.appendingPathComponent("model_index.json"))
        for own in [[], ["--vocabulary", "words"], ["--controlnet", "none"]] {
            let result = try fixture.run(
                Self.evaluation + ["--auxiliary", "1", "--out", "out", "--auxiliary-generator", "sd"] + own)
            #expect(result.code != 0 && result.errors.contains("unet/config.json"), "\(result.errors)")
            #expect(!fixture.folder.contains("out"))
        }
    }

    @Test("What files of a model leave open is passed on, and refused by the kind of model")
    func files() throws {
        let fixture = try Fixture()
        let model = ["--auxiliary", "1", "--out", "out", "--controlnet", "none", "--auxiliary-generator"]
        let encoders = try fixture.run(Self.evaluation + model + ["net.safetensors", "--text-encoders", "encoders"])
        #expect(encoders.code != 0 && encoders.errors.contains("textEncoders: found"), "\(encoders.errors)")
        let prediction = try fixture.run(Self.evaluation + model + [".", "--prediction", "v_prediction"])
        #expect(prediction.code != 0 && prediction.errors.contains("prediction: found v_prediction"), "\(prediction.errors)")
    }

    @Test("The reproduction is refused beside what --quick brings, and prints its settings")
    func reproduction() throws {
        let folder = try TemporaryFolder()
        let refused = try CommandLineTool.run(["reproduce", "diffss", "--quick", "--backbone", "a=b"], in: folder.url)
        #expect(refused.code == 64 && refused.errors.contains("--quick"))
        let other = try CommandLineTool.run(["reproduce", "diffss", "--quick", "--dataset", "pascal5i=x"], in: folder.url)
        #expect(other.code == 64 && other.errors.contains("--quick"))
        let printed = try CommandLineTool.run(["reproduce", "diffss", "--print-config", "--set", "counts=[1,4]"], in: folder.url)
        #expect(try jsonObject(printed.output)["counts"] as? [Int] == [1, 4], "\(printed.errors)")
        let model = try CommandLineTool.run(
            ["reproduce", "diffss", "--quick", "--model", "nobody", "--out", "out"], in: folder.url)
        #expect(model.code == 64 && model.errors.contains("nobody"))
        #expect(!folder.contains("out"))
    }
}
