import Foundation
import Testing

/// Commands that end in the middle of their work: a full disk, Ctrl-C. A message, a non-zero exit, nothing half-written.
@Suite("Unhappy ends")
struct UnhappyEndTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var arguments: [String]
    }

    private static let model = ["--backbone", "net.safetensors", "--checkpoint", "model.safetensors", "--out", "out"]

    private static let predict = Case(
        testDescription: "predict",
        arguments: ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "photos"] + model)
    private static let build = Case(
        testDescription: "data build", arguments: ["data", "build", "shapes5i", "--images-per-class", "400", "--out", "out"])
    private static let train = Case(
        testDescription: "train",
        arguments: ["train", "--images-per-class", "2", "--backbone", "net.safetensors", "--out", "out"]
            + Fixture.smallDecoder + ["--set", "training.steps=2"])

    private static func evaluate(episodes: Int) -> Case {
        Case(
            testDescription: "evaluate",
            arguments: ["evaluate", "--images-per-class", "4", "--baselines", "none", "--episodes", String(episodes)] + model)
    }

    /// A folder of many large photos beside the fixture's.
    private static func fixture() throws -> Fixture {
        let fixture = try Fixture()
        let photos = fixture.folder.url.appendingPathComponent("photos")
        try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
        for index in 0..<2000 {
            try FileManager.default.linkItem(
                at: fixture.folder.url.appendingPathComponent("query.png"),
                to: photos.appendingPathComponent("\(index).png"))
        }
        return fixture
    }

    private static func contents(_ fixture: Fixture) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path))
    }

    private static func status(_ fixture: Fixture) throws -> String? {
        let url = URL(fileURLWithPath: fixture.folder["out/manifest.json"])
        return try jsonObject(String(contentsOf: url, encoding: .utf8))["status"] as? String
    }

    @Test("Ctrl-C keeps what is done and says how to go on", arguments: [predict, build, evaluate(episodes: 100_000)])
    func interrupted(_ input: Case) throws {
        let fixture = try Self.fixture()
        let before = try Self.contents(fixture)
        let (process, output, errors) = try CommandLineTool.start(input.arguments, in: fixture.folder.url)
        #expect(CommandLineTool.wait(for: process) { fixture.folder.contains("out/manifest.json") })
        usleep(300_000)
        #expect(CommandLineTool.interrupt(process) == 130)
        let text = try String(contentsOf: errors, encoding: .utf8)
        #expect(text.localizedCaseInsensitiveContains("interrupted"))
        #expect(text.contains("--resume"), "\(text)")
        let streams = Set([output, errors].map(\.lastPathComponent))
        #expect(try Self.contents(fixture).subtracting(streams) == before.union(["out"]))
        #expect(try Self.status(fixture) == "interrupted")
        #expect(!fixture.folder.contains("out/.lock"))
    }

    @Test("A prediction that was killed goes on with what is missing, and its files are those of a whole run")
    func killed() throws {
        let fixture = try Fixture()
        for index in 0..<12 {
            try FileManager.default.copyItem(
                atPath: fixture.folder["query.png"], toPath: fixture.folder["query\(index).png"])
        }
        let arguments =
            ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query"] + (0..<12).map { "query\($0).png" }
            + ["--backbone", "net.safetensors", "--checkpoint", "model.safetensors", "--ensemble", "3"]
        #expect(try fixture.run(arguments + ["--out", "whole"]).code == 0)
        let (process, _, _) = try CommandLineTool.start(arguments + ["--out", "out", "--threads", "1"], in: fixture.folder.url)
        #expect(CommandLineTool.wait(for: process) { fixture.folder.contains("out/masks/query3.png") })
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(try Self.status(fixture) == "running" && fixture.folder.contains("out/.lock"))
        let rest = try fixture.run(["predict", "--resume", "out"])
        #expect(rest.code == 0, "\(rest.errors)")
        #expect(try Self.status(fixture) == "finished")
        for index in 0..<12 {
            let name = "masks/query\(index).png"
            let files = try ["whole", "out"].map { try Data(contentsOf: URL(fileURLWithPath: fixture.folder["\($0)/\(name)"])) }
            #expect(files[0] == files[1], "\(name)")
        }
        let refused = try fixture.run(["predict", "--resume", "out", "--threshold", "0.3"])
        #expect(refused.code == 64 && refused.errors.contains("--threshold"))
    }

    @Test("A full disk", arguments: [predict, build, train, evaluate(episodes: 2)])
    func fullDisk(_ input: Case) throws {
        let fixture = try Self.fixture()
        let before = try Self.contents(fixture)
        // No file may grow beyond 512 bytes: writing more fails as on a disk without space.
        let script = #"trap "" XFSZ; ulimit -f 1; exec "$0" "$@""#
        let result = try CommandLineTool.run(
            ["-c", script, CommandLineTool.executable.path] + input.arguments + ["--quiet"], in: fixture.folder.url,
            executable: URL(fileURLWithPath: "/bin/sh"))
        #expect(result.code == 1, "\(result.errors)")
        #expect(result.errors.contains("out"), "\(result.errors)")
        #expect(result.errors.contains("limit") || result.errors.contains("large"), "\(result.errors)")
        #expect(!result.errors.contains("Fatal error"))
        let left = try Self.contents(fixture).subtracting(before)
        #expect(left.isEmpty || left == ["out"], "\(left)")
        let partial = FileManager.default.enumerator(atPath: fixture.folder["out"])?.compactMap { $0 as? String } ?? []
        #expect(!partial.contains { $0.hasSuffix(".safetensors") || $0.contains(".tmp") }, "\(partial)")
    }
}
