import Foundation
import Testing

@Suite("fss train")
struct TrainTests {
    private static func arguments(_ fixture: Fixture, steps: Int) -> [String] {
        ["train", "--images-per-class", "2", "--backbone", fixture.folder["net.safetensors"], "--out", "run"]
            + Fixture.smallDecoder
            + ["--set", "training.steps=\(steps)", "--set", "training.checkpointInterval=2"]
    }

    @Test("Writes a model that predicts, a state, metrics and held-out scores")
    func train() throws {
        let fixture = try Fixture()
        let held = ["--set", "training.heldOutClasses=2", "--set", "training.evaluationInterval=2", "--evaluation-episodes", "2"]
        let result = try fixture.run(Self.arguments(fixture, steps: 4) + held + ["--json"])
        #expect(result.code == 0, "\(result.errors)")
        let report = try jsonObject(result.output)
        #expect(report["steps"] as? Int == 4)
        for file in [
            "model.safetensors", "best.safetensors", "state.safetensors", "manifest.json", "metrics.json", "report.html",
        ] {
            #expect(fixture.folder.contains("run/\(file)"), "\(file)")
        }
        let page = try String(contentsOfFile: fixture.folder["run/report.html"], encoding: .utf8)
        for part in ["Loss", "Learning rate", "Score on held-out classes"] { #expect(page.contains("<h2>\(part)"), "\(part)") }
        #expect(try Self.rows(fixture, "metrics.csv") == ["1", "2", "3", "4"])
        #expect(try Self.rows(fixture, "evaluation.csv") == ["2", "4"])
        let predicted = try fixture.run([
            "predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "query.png", "--out", "out", "--backbone",
            "net.safetensors", "--checkpoint", "run/model.safetensors",
        ])
        #expect(predicted.code == 0, "\(predicted.errors)")
    }

    @Test("The printed configuration is accepted again")
    func configuration() throws {
        let fixture = try Fixture()
        let printed = try fixture.run(["train", "--print-config", "--set", "training.batchSize=3", "--seed", "9"])
        #expect(printed.code == 0)
        let training = try #require(try jsonObject(printed.output)["training"] as? [String: Any])
        #expect(training["batchSize"] as? Int == 3)
        #expect(training["seed"] as? Int == 9)
        try Data(printed.output.utf8).write(to: fixture.folder.url.appendingPathComponent("config.json"))
        let again = try fixture.run(["train", "--print-config", "--config", "config.json"])
        #expect(again.output == printed.output)
        let largest = try fixture.run(["train", "--print-config", "--seed", "4294967295"])
        #expect(largest.code == 0)
        let refused = try fixture.run(["train", "--print-config", "--seed", "4294967296"])
        #expect(refused.code == 64)
        #expect(refused.errors.contains("--seed is 4294967296, expected 0...4294967295."))
    }

    @Test("A learner is trained, says what it is, and is a column of an evaluation")
    func learner() throws {
        let fixture = try Fixture()
        let arguments = ["train", "learner", "--images-per-class", "2", "--backbone", fixture.folder["net.safetensors"]]
        let small = [
            "network.imageSize=64", "network.channels=[4,4,8]", "training.steps=4", "training.batchSize=2",
            "training.checkpointInterval=2",
        ].flatMap { ["--set", $0] }
        let result = try fixture.run(arguments + ["--architecture", "hsnet", "--out", "run", "--json"] + small)
        #expect(result.code == 0, "\(result.errors)")
        let report = try jsonObject(result.output)
        #expect(report["steps"] as? Int == 4 && report["title"] as? String == "HSNet")
        #expect(try Self.rows(fixture, "metrics.csv") == ["1", "2", "3", "4"])
        let evaluated = try fixture.run([
            "evaluate", "--images-per-class", "3", "--episodes", "3", "--pictures", "0", "--backbone", "net.safetensors",
            "--learner", "run/learner.safetensors", "--baselines", "contrast", "--out", "out", "--json",
        ])
        #expect(evaluated.code == 0, "\(evaluated.errors)")
        let cells = try #require(try jsonObject(evaluated.output)["cells"] as? [[String: Any]])
        #expect(cells.map { $0["method"] as? String } == ["contrast", "HSNet"])
        let refused = try fixture.run([
            "evaluate", "--images-per-class", "3", "--backbone", "net.safetensors", "--learner", "model.safetensors", "--out",
            "no",
        ])
        #expect(refused.code == 1 && refused.errors.contains("model.safetensors is not a learner's checkpoint"))
        for wrong in [[], ["--architecture", "unet"]] { #expect(try fixture.run(arguments + wrong).code == 64) }
    }

    @Test("A backbone is trained and describes itself")
    func backbone() throws {
        let fixture = try Fixture()
        let result = try fixture.run([
            "train", "backbone", "--images-per-class", "2", "--steps", "2", "--batch-size", "2", "--image-size", "32", "--out",
            "net",
        ])
        #expect(result.code == 0, "\(result.errors)")
        let inspected = try fixture.run(["weights", "inspect", "net/backbone.safetensors", "--json"])
        #expect(try jsonObject(inspected.output)["described"] as? String == "resnet-tiny")
        for file in ["state.safetensors", "manifest.json", "metrics.json", "metrics.csv"] {
            #expect(fixture.folder.contains("net/\(file)"), "\(file)")
        }
    }

    /// The first fields of a CSV file of a run.
    private static func rows(_ fixture: Fixture, _ name: String) throws -> [String] {
        let text = try String(contentsOf: URL(fileURLWithPath: fixture.folder["run/\(name)"]), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().compactMap { $0.split(separator: ",").first.map(String.init) }
    }
}
