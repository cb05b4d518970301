import Foundation
import TensorCore
import Testing

/// Runs of several processes on this machine, each with one thread, by the launcher of MPI.
enum Mpirun {
    static let remark: Comment =
        "skipped: MPI is not built in; Scripts/bootstrap.sh --with mpi, then make test TRAITS=default,MPI"

    static let isThere = MPICommunicator.isBuilt

    /// The launcher leaves ranks the time for a checkpoint between its SIGTERM and SIGKILL; it sleeps all of it, also where they end sooner.
    static let environment = ["OMP_NUM_THREADS": "1", "OMPI_MCA_odls_base_sigkill_timeout": "5"]

    static func words(_ ranks: Int) -> [String] {
        ["mpirun", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "-n", String(ranks)]
    }

    static let env = URL(fileURLWithPath: "/usr/bin/env")

    /// Runs `fss` in so many processes, without a launcher in one.
    static func run(_ ranks: Int, _ arguments: [String], in fixture: Fixture) throws -> CommandLineTool.Result {
        if ranks == 1 { return try fixture.run(arguments, environment: environment) }
        return try CommandLineTool.run(
            words(ranks) + [CommandLineTool.executable.path] + arguments, in: fixture.folder.url, executable: env,
            environment: environment)
    }

    /// Runs `fss` in so many processes, which has to succeed.
    @discardableResult
    static func succeed(_ ranks: Int, _ words: [String], in fixture: Fixture) throws -> CommandLineTool.Result {
        let result = try run(ranks, words, in: fixture)
        #expect(result.code == 0, "\(ranks) ranks, \(words.prefix(3)): \(result.errors.suffix(600))")
        return result
    }

    /// Values as `--set` options.
    static func settings(_ values: [String]) -> [String] { values.flatMap { ["--set", $0] } }

    /// The content of a file of a fixture.
    static func bytes(_ fixture: Fixture, _ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: fixture.folder[name]))
    }

    /// Every file of a folder with its content, but for the manifest, which says when the run was.
    static func files(_ fixture: Fixture, _ folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: fixture.folder[folder]) where name != "manifest.json" {
            var isFolder: ObjCBool = false
            let path = fixture.folder["\(folder)/\(name)"]
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
                files[name] = try Data(contentsOf: URL(fileURLWithPath: path))
            }
        }
        return files
    }

    /// Starts `fss` in several processes.
    static func start(
        _ ranks: Int, _ arguments: [String], in fixture: Fixture, environment: [String: String] = [:]
    ) throws -> (process: Process, output: URL, errors: URL) {
        try CommandLineTool.start(
            words(ranks) + [CommandLineTool.executable.path] + arguments, in: fixture.folder.url, executable: env,
            environment: Self.environment.merging(environment) { $1 })
    }

    /// The process of a rank of a launcher.
    static func process(rank: Int, of launcher: Process) -> Int32? {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return files.compactMap { Int32($0) }.first { process in
            guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
                status.contains("PPid:\t\(launcher.processIdentifier)\n"),
                let bytes = FileManager.default.contents(atPath: "/proc/\(process)/environ")
            else { return false }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\0").contains("OMPI_COMM_WORLD_RANK=\(rank)")
        }
    }
}

@Suite("Several ranks", .enabled(if: Mpirun.isThere, Mpirun.remark), .serialized)
struct RankTests {
    private static let evaluation = [
        "evaluate", "--images-per-class", "3", "--episodes", "12", "--pictures", "0", "--backbone", "net.safetensors",
        "--checkpoint", "model.safetensors", "--settled", "0.01", "--out",
    ]

    private static func training(steps: Int, _ out: String) -> [String] {
        ["train", "--images-per-class", "2", "--backbone", "net.safetensors", "--features", "features-\(out)"]
            + Fixture.smallDecoder
            + [
                "--set", "training.batchSize=4", "--set", "training.shards=4", "--set", "training.steps=\(steps)", "--set",
                "training.checkpointInterval=5", "--out", out,
            ]
    }

    /// Scores without the time that they took and the place where they lie.
    private static func scores(_ fixture: Fixture, _ out: String) throws -> NSDictionary {
        var report = try jsonObject(String(decoding: Mpirun.bytes(fixture, "\(out)/metrics.json"), as: UTF8.self))
        report["folder"] = nil
        report["cells"] = (report["cells"] as? [[String: Any]])?.map { cell in cell.filter { $0.key != "seconds" } }
        return report as NSDictionary
    }

    @Test("An evaluation by two and three ranks is that of one process, byte for byte, and written once")
    func evaluation() throws {
        let fixture = try Fixture()
        var told = ""
        for ranks in 1...3 {
            let result = try Mpirun.run(ranks, Self.evaluation + ["out\(ranks)"], in: fixture)
            #expect(result.code == 0, "\(ranks) ranks: \(result.errors)")
            let output = result.output.replacing("out\(ranks)", with: "out")
            if ranks == 1 { told = output }
            #expect(output == told)
            #expect((ranks == 1) != result.errors.contains("\(ranks) ranks on one machine"), "\(result.errors)")
        }
        for ranks in 2...3 {
            #expect(try Self.scores(fixture, "out\(ranks)") == Self.scores(fixture, "out1"))
            for file in ["matrix.csv", "classes.csv", "fold0-tiny-DiffUp/episodes.csv", "fold0-tiny-foreground/episodes.csv"] {
                #expect(try Mpirun.bytes(fixture, "out\(ranks)/\(file)") == Mpirun.bytes(fixture, "out1/\(file)"), "\(file)")
            }
            #expect(!fixture.folder.contains("out\(ranks)/fold0-tiny-DiffUp/outcomes.jsonl"))
        }
    }

    @Test("A training by one to four ranks gives the same model and state, and goes on with another number of them")
    func training() throws {
        let fixture = try Fixture()
        for ranks in 1...4 {
            let result = try Mpirun.run(ranks, Self.training(steps: 12, "run\(ranks)"), in: fixture)
            #expect(result.code == 0, "\(ranks) ranks: \(result.errors)")
            for file in ["model.safetensors", "state.safetensors"] {
                #expect(
                    try Mpirun.bytes(fixture, "run\(ranks)/\(file)") == Mpirun.bytes(fixture, "run1/\(file)"), "\(ranks) ranks")
            }
        }
        // Two ranks begin, three go on; a training of whole batches differs, so the comparisons can fail.
        let (process, _, errors) = try Mpirun.start(2, Self.training(steps: 100_000, "half"), in: fixture)
        #expect(CommandLineTool.wait(for: process) { fixture.folder.contains("half/state.safetensors") })
        let victim = try #require(Mpirun.process(rank: 1, of: process))
        let killed = ContinuousClock.now
        kill(victim, SIGKILL)
        #expect(CommandLineTool.wait(for: process))
        #expect(ContinuousClock.now - killed < .seconds(30))
        #expect(process.terminationStatus != 0)
        #expect(try String(contentsOf: errors, encoding: .utf8).contains("rank 1"))
        func steps() -> Int {
            ((try? String(contentsOfFile: fixture.folder["half/metrics.csv"], encoding: .utf8)) ?? "").split(separator: "\n")
                .count
        }
        // Beyond what the first part logged, so that all three are at work when they are interrupted.
        let logged = max(steps(), 14)
        let resumed = try Mpirun.start(3, ["train", "--resume", "half", "--features", "features-half"], in: fixture)
        #expect(CommandLineTool.wait(for: resumed.process) { steps() > logged + 2 })
        let interrupted = ContinuousClock.now
        #expect(try #require(CommandLineTool.interrupt(resumed.process)) != 0)
        #expect(ContinuousClock.now - interrupted < .seconds(30))
        // All ended after the same step, with a checkpoint.
        #expect(try TrainingFile.steps(of: fixture.folder["half/state.safetensors"]) == steps() - 1)
        let rows = try ["half", "run1"].map { run in
            try String(decoding: Mpirun.bytes(fixture, "\(run)/metrics.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
                .map { $0.split(separator: ",").prefix(2).joined(separator: ",") }
        }
        // The schedule of a longer run has other rates after the first steps, but the first loss is the same.
        #expect(rows[0].first == rows[1].first)
        #expect(rows[0].count >= 12 && rows[0].enumerated().allSatisfy { $1.hasPrefix("\($0 + 1),") })
    }

    @Test("A rank that cannot go on ends all, by name and with its reason")
    func failures() throws {
        let fixture = try Fixture()
        let tool = CommandLineTool.executable.path
        let own = ["evaluate", "--images-per-class", "3", "--episodes", "4", "--out", "out", "--backbone"]
        let head = ["mpirun", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "-n", "1", tool]
        for (other, words) in [
            (["gone.safetensors"], ["rank 1 of 2", "gone.safetensors"]),
            (["net.safetensors", "--seed", "3"], ["rank 1", "seed", "found 3, expected 0"]),
        ] {
            let start = ContinuousClock.now
            let result = try CommandLineTool.run(
                head + own + ["net.safetensors", ":", "-n", "1", tool] + own + other, in: fixture.folder.url,
                executable: Mpirun.env, environment: Mpirun.environment)
            #expect(result.code != 0 && ContinuousClock.now - start < .seconds(30))
            for word in words { #expect(result.errors.contains(word), "\(word) in: \(result.errors)") }
        }
        let demo = try Mpirun.run(2, ["demo"], in: fixture)
        #expect(demo.code != 0 && demo.errors.contains("runs in one process"), "\(demo.errors)")
    }

    @Test("A rank that is silent ends all, also where its process is still there")
    func silence() throws {
        let fixture = try Fixture()
        let (process, _, errors) = try Mpirun.start(
            2, Self.training(steps: 100_000, "run"), in: fixture, environment: ["FSS_MPI_SILENCE": "3"])
        #expect(CommandLineTool.wait(for: process) { fixture.folder.contains("run/state.safetensors") })
        let victim = try #require(Mpirun.process(rank: 1, of: process))
        kill(victim, SIGSTOP)
        defer { kill(victim, SIGKILL) }
        let stopped = ContinuousClock.now
        #expect(CommandLineTool.wait(for: process))
        #expect(ContinuousClock.now - stopped < .seconds(30))
        #expect(try String(contentsOf: errors, encoding: .utf8).contains("rank 1 of 2"))
        #expect(try TrainingFile.steps(of: fixture.folder["run/state.safetensors"]) % 5 == 0)
    }

    @Test("Photos of a folder are segmented by two ranks as by one")
    func prediction() throws {
        let fixture = try Fixture()
        let photos = fixture.folder.url.appendingPathComponent("photos")
        try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
        for index in 0..<5 {
            try Mpirun.bytes(fixture, index % 2 == 0 ? "query.png" : "photo.jpg")
                .write(to: photos.appendingPathComponent("p\(index).\(index % 2 == 0 ? "png" : "jpg")"))
        }
        for ranks in 1...2 {
            let result = try Mpirun.run(
                ranks,
                ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query", "photos", "--out", "found\(ranks)"]
                    + fixture.model, in: fixture)
            #expect(result.code == 0, "\(result.errors)")
        }
        let lines = try (1...2).map { ranks in
            try String(decoding: Mpirun.bytes(fixture, "found\(ranks)/results.jsonl"), as: UTF8.self).split(separator: "\n")
                .sorted()
        }
        #expect(lines[0].count == 5 && lines[0] == lines[1])
        for index in 0..<5 {
            #expect(
                try Mpirun.bytes(fixture, "found2/masks/p\(index).png") == Mpirun.bytes(fixture, "found1/masks/p\(index).png"))
        }
    }
}

/// What a checkpoint says.
enum TrainingFile {
    static func steps(of path: String) throws -> Int {
        let state = try Safetensors.load(contentsOf: URL(fileURLWithPath: path))
        return try #require(state.metadata["training.step"].flatMap { Int($0) })
    }
}

@Suite("A launcher without MPI in the build", .enabled(if: !Mpirun.isThere, "skipped: MPI is built in"))
struct LauncherWithoutMPITests {
    @Test("Every command says what to install")
    func refused() throws {
        let fixture = try Fixture()
        let result = try fixture.run(
            ["evaluate", "--backbone", "net.safetensors", "--out", "out"], environment: ["OMPI_COMM_WORLD_SIZE": "2"])
        #expect(result.code != 0 && result.errors.contains("Scripts/bootstrap.sh --with mpi"), "\(result.errors)")
        #expect(!fixture.folder.contains("out"))
    }
}
