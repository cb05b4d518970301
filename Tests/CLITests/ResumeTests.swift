import Foundation
import Testing

/// Trainings that end before their time, by Ctrl-C or by `kill -9`, and go on with `--resume`. `Scripts/torture.sh` is
/// the long version.
@Suite("fss train --resume")
struct ResumeTests {
    struct Training: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// What begins a run of so many steps.
        var arguments: @Sendable (Int) -> [String]
        var resume: [String]
        /// What an interruption advises, before the folder.
        var advice: String
        var model: String
        var steps: Int
    }

    static let decoder = Training(
        testDescription: "decoder",
        arguments: { steps in
            ["train", "--images-per-class", "2", "--backbone", "net.safetensors", "--out", "run", "--features", "features"]
                + Fixture.smallDecoder
                + ["--set", "training.steps=\(steps)", "--set", "training.checkpointInterval=2"]
        }, resume: ["train", "--resume", "run", "--features", "features"], advice: "fss train --resume ",
        model: "model.safetensors", steps: 60)

    static let backbone = Training(
        testDescription: "backbone",
        arguments: { steps in
            [
                "train", "backbone", "--images-per-class", "2", "--steps", String(steps), "--batch-size", "2", "--image-size",
                "32", "--checkpoint-interval", "2", "--out", "run",
            ]
        }, resume: ["train", "backbone", "--resume", "run"], advice: "fss train backbone --resume ",
        model: "backbone.safetensors", steps: 60)

    @Test("An interrupted run says how to go on, ends with 130 and goes on", arguments: [decoder, backbone])
    func interrupted(_ training: Training) throws {
        let fixture = try Fixture()
        let (process, _, errors) = try CommandLineTool.start(training.arguments(1_000_000), in: fixture.folder.url)
        #expect(CommandLineTool.wait(for: process) { Self.steps(fixture).count >= 3 })
        #expect(CommandLineTool.interrupt(process) == 130)
        let command = training.advice + fixture.folder["run"]
        #expect(try String(contentsOf: errors, encoding: .utf8).contains(command))
        let done = Self.steps(fixture).count
        let (again, _, _) = try CommandLineTool.start(training.resume, in: fixture.folder.url)
        #expect(CommandLineTool.wait(for: again) { Self.steps(fixture).count >= done + 2 })
        #expect(CommandLineTool.interrupt(again) == 130)
        let steps = Self.steps(fixture)
        #expect(steps == Array(1...steps.count))
    }

    @Test("A run that was killed three times ends with the bytes of one that was not", arguments: [decoder, backbone])
    func killed(_ training: Training) throws {
        let (whole, parts) = (try Fixture(), try Fixture())
        #expect(try whole.run(training.arguments(training.steps)).code == 0)
        // Before the first checkpoint, between two and right after one.
        for (index, until) in [1, 15, 32].enumerated() {
            let arguments = index == 0 ? training.arguments(training.steps) : training.resume
            let (process, _, errors) = try CommandLineTool.start(arguments, in: parts.folder.url)
            #expect(CommandLineTool.wait(for: process) { Self.steps(parts).count >= until })
            #expect(process.isRunning, "\((try? String(contentsOf: errors, encoding: .utf8)) ?? "")")
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let resumed = try parts.run(training.resume)
        #expect(resumed.code == 0, "\(resumed.errors)")
        for file in [training.model, "state.safetensors"] {
            let bytes = try [whole, parts].map { try Data(contentsOf: URL(fileURLWithPath: $0.folder["run/\(file)"])) }
            #expect(bytes[0] == bytes[1], "\(file)")
        }
        #expect(Self.steps(parts) == Array(1...training.steps))
        let again = try parts.run(training.resume)
        #expect(again.code == 0 && again.errors.contains("finished"))
    }

    @Test("A run goes on where everything moved, and refuses what is something else")
    func moved() throws {
        let fixture = try Fixture()
        for (folder, seed) in [("set", "5"), ("other", "6")] {
            let drawn = try fixture.run([
                "data", "build", "shapes5i", "--images-per-class", "3", "--image-size", "64", "--fold", "0", "--drawing-seed",
                seed,
                "--out", folder,
            ])
            #expect(drawn.code == 0, "\(drawn.errors)")
        }
        let training = ["train", "--dataset", "set", "--backbone", "net.safetensors", "--out", "run", "--features", "features"]
        let (process, _, errors) = try CommandLineTool.start(
            training + Fixture.smallDecoder + ["--set", "training.steps=1000000", "--threads", "1"], in: fixture.folder.url)
        #expect(CommandLineTool.wait(for: process) { Self.steps(fixture).count >= 2 })
        let twice = try fixture.run(["train", "--resume", "run"])
        #expect(twice.code == 1 && twice.errors.contains("in use by `fss train decoder`"), "\(twice.errors)")
        #expect(CommandLineTool.interrupt(process) == 130, "\((try? String(contentsOf: errors, encoding: .utf8)) ?? "")")

        try FileManager.default.createDirectory(atPath: fixture.folder["moved"], withIntermediateDirectories: false)
        for name in ["set", "net.safetensors", "run"] {
            try FileManager.default.moveItem(atPath: fixture.folder[name], toPath: fixture.folder["moved/\(name)"])
        }
        let resume = ["train", "--resume", "moved/run", "--features", "features"]
        let gone = try fixture.run(resume)
        #expect(gone.code == 1 && gone.errors.contains(fixture.folder["set"]), "\(gone.errors)")
        let network = ["--backbone", "moved/net.safetensors"]
        let other = try fixture.run(resume + network + ["--dataset", "other"])
        #expect(other.code == 1 && other.errors.contains("changed since the run began"), "\(other.errors)")
        let settled = try fixture.run(resume + network + ["--dataset", "moved/set", "--fold", "3"])
        #expect(settled.code == 64 && settled.errors.contains("--fold"), "\(settled.errors)")

        let (again, _, remarks) = try CommandLineTool.start(
            resume + network + ["--dataset", "moved/set", "--threads", "2"], in: fixture.folder.url)
        let steps = "moved/run/metrics.csv"
        let before = try String(contentsOfFile: fixture.folder[steps], encoding: .utf8).count
        #expect(
            CommandLineTool.wait(for: again) {
                (try? String(contentsOfFile: fixture.folder[steps], encoding: .utf8).count > before) ?? false
            })
        #expect(CommandLineTool.interrupt(again) == 130)
        #expect(try String(contentsOf: remarks, encoding: .utf8).contains("threads: 2, the run began with 1"))
    }

    @Test("Steps that cannot be read are an error that names the file, and stay as they are")
    func unreadableSteps() throws {
        let fixture = try Fixture()
        let (process, _, _) = try CommandLineTool.start(Self.backbone.arguments(1_000_000), in: fixture.folder.url)
        #expect(CommandLineTool.wait(for: process) { Self.steps(fixture).count >= 3 })
        #expect(CommandLineTool.interrupt(process) == 130)
        let metrics = fixture.folder.url.appendingPathComponent("run/metrics.csv")
        let damaged = Data([0xff, 0xfe, 0x00, 0xd8])
        try damaged.write(to: metrics)
        let result = try fixture.run(Self.backbone.resume)
        #expect(result.code == 1)
        #expect(result.errors.contains("metrics.csv: found no text that can be read"))
        #expect(try Data(contentsOf: metrics) == damaged)
    }

    @Test("A run of the other command is refused by name")
    func otherCommand() throws {
        let fixture = try Fixture()
        #expect(try fixture.run(Self.backbone.arguments(2)).code == 0)
        let result = try fixture.run(["train", "--resume", "run"])
        #expect(result.code == 1)
        #expect(result.errors.contains("fss train backbone") && result.errors.contains("--resume"), "\(result.errors)")
        let given = try fixture.run(Self.backbone.resume + ["--steps", "5"])
        #expect(given.code == 64, "\(given.errors)")
    }

    /// The steps in the metrics so far.
    private static func steps(_ fixture: Fixture) -> [Int] {
        let text = (try? String(contentsOf: URL(fileURLWithPath: fixture.folder["run/metrics.csv"]), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().compactMap { $0.split(separator: ",").first.flatMap { Int($0) } }
    }
}
