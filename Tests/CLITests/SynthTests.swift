import Foundation
import Testing

@Suite("Generalized few-shot segmentation from the command line")
struct SynthTests {
    private static let data = [
        "--dataset", "shapes5i", "--images-per-class", "2", "--convention", "capl", "--min-support-pixels", "500",
    ]
    private static let small = ["--set", "training.steps=2", "--set", "training.batchSize=2"]
    private static let head = [
        "--set", "head.width=16", "--set", "head.auxiliaryWeight=0", "--set", "training.augmentation.side=32",
    ]

    /// The numbers and messages of a run that has to succeed.
    @discardableResult
    private static func run(_ words: [String], in folder: URL) throws -> CommandLineTool.Result {
        let result = try CommandLineTool.run(words, in: folder)
        #expect(result.code == 0, "\(words.prefix(4)): \(result.errors.suffix(400))")
        return result
    }

    @Test("From base classes to a set of synthetic images and a network that learned from it")
    func whole() throws {
        let fixture = try Fixture()
        let folder = fixture.folder.url
        let network = folder.appendingPathComponent("net.safetensors").path
        try Self.run(
            ["gfss", "train", "base"] + Self.data + ["--backbone", network, "--out", "base"] + Self.small + Self.head, in: folder)
        let base = ["--base", "base/model.safetensors"]
        try Self.run(["gfss", "train", "novel"] + Self.data + base + ["--out", "novel"] + Self.small, in: folder)
        let foreign = try CommandLineTool.run(
            ["gfss", "train", "novel"] + Self.data + base + ["--out", "foreign", "--set", "head.width=32"], in: folder)
        #expect(foreign.code == 64 && foreign.errors.contains("head"))
        let evaluation = ["gfss", "evaluate"] + Self.data + ["--part", "1/10", "--model", "novel/model.safetensors"]
        let scores = try Self.run(evaluation + ["--out", "scores", "--json"], in: folder)
        #expect(scores.output.contains("\"harmonic\""))

        try Self.named(evaluation, base, in: folder)

        try Self.run(["synth", "prompts", "work"] + Self.data + ["--set", "bank.count=2"], in: folder)
        try Self.run(["synth", "images", "work", "--set", "shapes.size=48"], in: folder)
        let leftover = folder.appendingPathComponent("work/cache/.image.png.12-k3.tmp")
        try Data("half".utf8).write(to: leftover)
        try Self.run(["synth", "images", "work", "--set", "shapes.size=48"], in: folder)
        #expect(!FileManager.default.fileExists(atPath: leftover.path))
        let masks = ["synth", "masks", "work", "--model", "novel/model.safetensors"]
        let table = try Self.run(masks, in: folder)
        #expect(table.output.contains("boundary IoU") && table.output.contains("10 of them labelled now"))
        #expect(try Self.run(masks, in: folder).output.contains("0 of them labelled now"))
        let refused = try CommandLineTool.run(masks + ["--set", "enhancement.beta=0.2"], in: folder)
        #expect(refused.code == 1 && refused.errors.contains("--force"))
        // Labels of untrained networks may show the class nowhere: the initial ones of all images are the class's here.
        for file in try FileManager.default.contentsOfDirectory(
            at: folder.appendingPathComponent("work/images/truth"), includingPropertiesForKeys: nil)
        {
            let target = folder.appendingPathComponent("work/masks/refined/\(file.lastPathComponent)")
            try Data(contentsOf: file).write(to: target)
        }
        try Self.run(["synth", "set", "work"], in: folder)
        let refine = ["refine", "--photos", "work/sets/refined/images", "--labels", "work/masks/filtered"]
        try Self.run(refine + ["--out", "refined"], in: folder)
        try Self.run(refine + ["--resume", "refined"], in: folder)
        let learned = ["gfss", "train", "novel"] + Self.data + base
        try Self.run(learned + ["--synthetic", "work/sets/refined", "--out", "synthetic"] + Self.small, in: folder)
        let other = try CommandLineTool.run(["gfss", "train", "novel", "--resume", "synthetic", "--shots", "2"], in: folder)
        #expect(other.code == 64 && other.errors.contains("--shots"))
        let wrong = try CommandLineTool.run(
            ["gfss", "train", "novel"] + Self.data + ["--fold", "1", "--out", "wrong"] + base + Self.small, in: folder)
        #expect(wrong.code == 1 && wrong.errors.contains("base classes of the fold"))
    }

    /// The supports of a draw, named in a file, teach what the draw taught.
    private static func named(_ evaluation: [String], _ base: [String], in folder: URL) throws {
        let choice = ["shapes5i", "--images-per-class", "2", "--convention", "capl", "--min-support-pixels", "500"]
        let drawn = try jsonObject(try run(["gfss", "info", "--json"] + choice, in: folder).output)
        let supports = try #require(drawn["supports"] as? [[String: Any]])
        let lines = try supports.map { item in
            "\(try #require(item["id"] as? String)) \(try #require(item["classID"] as? Int))"
        }
        #expect(lines.count == 5)
        let file = folder.appendingPathComponent("supports.txt")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        let novel = ["gfss", "train", "novel"] + data + base + small + ["--supports", "supports.txt"]
        let trained = try run(novel + ["--out", "named"], in: folder)
        #expect(trained.output.contains("--supports"))
        let own = evaluation.map { $0 == "novel/model.safetensors" ? "named/model.safetensors" : $0 }
        try run(own + ["--supports", "supports.txt", "--out", "named-scores"], in: folder)
        func runs(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent("\(name)/runs.csv")) }
        #expect(try runs("named-scores") == runs("scores"))
        try Data((lines.dropLast() + ["nothing 1"]).joined(separator: "\n").utf8).write(to: file)
        let wrong = try CommandLineTool.run(novel + ["--out", "wrong-list"], in: folder)
        #expect(wrong.code == 1 && wrong.errors.contains("supports.txt, line 5: found the image nothing"), "\(wrong.errors)")
    }

    @Test(
        "Options that do not go together are refused with their names",
        arguments: [
            (["synth", "prompts", "w", "--class", "cat", "--fold", "1"], "--fold"),
            (["synth", "prompts", "w", "--chat", "http://localhost"], "--chat-model"),
            (["synth", "prompts", "w", "--prompt-file", "a", "--class-name-only"], "exclude each other"),
            (["synth", "prompts", "w", "--vocabulary", "v"], "--text-encoder"),
            (["synth", "images", "w", "--server", "http://localhost"], "--form"),
            (["synth", "images", "w", "--key", "K"], "--server"),
            (["synth", "images", "w", "--generator", "sd", "--photos"], "--generator"),
            (["synth", "images", "w", "--vocabulary", "v"], "--generator"),
            (["synth", "images", "w", "--text-encoders", "t"], "--text-encoders belongs to --generator"),
            (["synth", "images", "w", "--prediction", "v_prediction"], "--prediction belongs to --generator"),
            (["synth", "masks", "w", "--model", "m", "--sam", "s", "--radius", "4"], "--radius"),
            (["synth", "masks", "w", "--model", "m", "--refiner", "sam"], "--sam"),
            (["refine", "--photos", "p", "--labels", "l", "--refiner", "guided-filter", "--sam", "s"], "--sam"),
            (["reproduce", "syn4seg", "--quick", "--dataset", "pascal5i=x"], "--quick"),
            (["reproduce", "diffup", "--quick", "--dataset", "pascal5i=x"], "--quick"),
            (["gfss", "train", "base", "--convention", "capl"], "--backbone"),
            (["gfss", "train", "novel", "--convention", "capl"], "--base"),
            (["gfss", "train", "novel", "--base", "b", "--support-seed", "1", "--supports", "s"], "--support-seed"),
        ])
    func conflicts(_ words: [String], _ name: String) throws {
        let folder = try TemporaryFolder()
        let result = try CommandLineTool.run(words, in: folder.url)
        #expect(result.code == 64)
        #expect(result.errors.contains(name), "\(result.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).allSatisfy {
                $0.hasSuffix(".out") || $0.hasSuffix(".err")
            })
    }

    @Test("What files of a model leave open is passed on, and refused by the kind of model")
    func files() throws {
        let fixture = try Fixture()
        let folder = fixture.folder.url
        try Self.run(["synth", "prompts", "work", "--class", "cat", "--set", "bank.count=2"], in: folder)
        let images = ["synth", "images", "work", "--generator"]
        let encoders = try CommandLineTool.run(images + ["net.safetensors", "--text-encoders", "encoders"], in: folder)
        #expect(encoders.code != 0 && encoders.errors.contains("textEncoders: found"), "\(encoders.errors)")
        let prediction = try CommandLineTool.run(images + [".", "--prediction", "v_prediction"], in: folder)
        #expect(prediction.code != 0 && prediction.errors.contains("prediction: found v_prediction"), "\(prediction.errors)")
    }

    @Test("Numbers out of range are named with their key", arguments: ["bank.lambda=3", "bank.count=0", "bank.nothing=1"])
    func ranges(_ assignment: String) throws {
        let folder = try TemporaryFolder()
        let result = try CommandLineTool.run(
            ["synth", "prompts", "w", "--class", "cat", "--set", assignment], in: folder.url)
        #expect(result.code != 0 && result.errors.contains(String(assignment.prefix { $0 != "=" })))
        #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("w").path))
    }
}
