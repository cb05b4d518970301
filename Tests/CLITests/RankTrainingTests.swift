import Foundation
import Testing

/// Trainings of learners, words and miniatures by several ranks: the bits of one process with as many shards.
@Suite("Several ranks: further trainings", .enabled(if: Mpirun.isThere, Mpirun.remark), .serialized)
struct RankTrainingTests {
    /// Expects files of runs to be those of the run of one process.
    private static func expectSame(_ fixture: Fixture, _ run: String, _ ranks: [Int], _ files: [String]) throws {
        for count in ranks {
            for file in files {
                #expect(
                    try Mpirun.bytes(fixture, "\(run)\(count)/\(file)") == Mpirun.bytes(fixture, "\(run)1/\(file)"),
                    "\(run) by \(count) ranks: \(file)")
            }
        }
    }

    private static func learner(_ ranks: Int, steps: Int) -> [String] {
        [
            "train", "learner", "--architecture", "hsnet", "--images-per-class", "2", "--backbone", "net.safetensors",
            "--features", "features\(ranks)",
        ]
            + Mpirun.settings([
                "network.imageSize=64", "network.channels=[4,4,8]", "training.batchSize=4", "training.steps=\(steps)",
                "training.checkpointInterval=2", "training.heldOutClasses=2", "training.evaluationInterval=2",
            ]) + ["--evaluation-episodes", "2"]
    }

    @Test("A learner is the same by one, two and four ranks, and ranks go on with what one process began")
    func learner() throws {
        let fixture = try Fixture()
        let shards = Mpirun.settings(["training.shards=4"])
        for ranks in [1, 2, 4] {
            // Ranks that find no number of shards take 4.
            try Mpirun.succeed(
                ranks, Self.learner(ranks, steps: 3) + (ranks == 1 ? shards : []) + ["--out", "run\(ranks)"], in: fixture)
        }
        let files = ["learner.safetensors", "state.safetensors", "best.safetensors", "evaluation.csv"]
        try Self.expectSame(fixture, "run", [2, 4], files)

        let long = Self.learner(1, steps: 60) + shards
        try Mpirun.succeed(1, long + ["--out", "long1"], in: fixture)
        let (process, _, _) = try CommandLineTool.start(
            long + ["--out", "long2"], in: fixture.folder.url, environment: Mpirun.environment)
        #expect(CommandLineTool.wait(for: process) { fixture.folder.contains("long2/state.safetensors") })
        _ = CommandLineTool.interrupt(process)
        #expect(try TrainingFile.steps(of: fixture.folder["long2/state.safetensors"]) < 60)
        try Mpirun.succeed(2, ["train", "learner", "--resume", "long2", "--features", "features1"], in: fixture)
        #expect(try TrainingFile.steps(of: fixture.folder["long2/state.safetensors"]) == 60)
        try Self.expectSame(fixture, "long", [2], files)
    }

    @Test("The stages of a miniature are the same by two ranks, and so are the pictures of its model")
    func miniature() throws {
        let fixture = try Fixture()
        let small = Mpirun.settings([
            "shape.autoencoderChannels=[16,16,16]", "shape.denoiserChannels=[16,32]", "shape.textWidth=16", "shape.textDepth=1",
            "imagesPerClass=1", "training.batchSize=4", "training.steps=2", "training.shards=2",
        ])
        var base: [String] = []
        for stage in ["autoencoder", "denoiser", "control"] {
            for ranks in 1...2 {
                let out = ["--stage", stage, "--out", "\(stage)\(ranks)"]
                try Mpirun.succeed(ranks, ["train", "miniature"] + small + base + out, in: fixture)
            }
            try Self.expectSame(fixture, stage, [2], ["state.safetensors"])
            let model = try Mpirun.files(fixture, "\(stage)1/model")
            #expect(!model.isEmpty)
            #expect(try Mpirun.files(fixture, "\(stage)2/model") == model)
            base = ["--base", "\(stage)1/model"]
        }
        let generate = ["generate", "a photo of a striped ring", "--model", "control1/model", "--images", "3", "--steps", "2"]
        for ranks in 1...2 { try Mpirun.succeed(ranks, generate + ["--out", "made\(ranks)"], in: fixture) }
        let pictures = try Mpirun.files(fixture, "made1/pictures")
        #expect(pictures.count == 3 && Set(pictures.values).count == 3)
        #expect(try Mpirun.files(fixture, "made2/pictures") == pictures)
    }

    @Test("Words are the same by one, two and three ranks; shards that do not divide the batch are refused")
    func words() throws {
        let fixture = try Fixture()
        let training =
            ["train", "words", "--backbone", "net.safetensors"]
            + Mpirun.settings([
                "shape.width=16", "shape.heads=2", "shape.hidden=16", "shape.dimension=8", "shape.imageSize=64",
                "imagesPerClass=1", "steps=3", "batchSize=16",
            ])
        for ranks in 1...3 {
            let out = Mpirun.settings(["shards=4"]) + ["--out", "words\(ranks)"]
            try Mpirun.succeed(ranks, training + out, in: fixture)
        }
        try Self.expectSame(fixture, "words", [2, 3], ["words.safetensors", "state.safetensors"])
        let uneven = try Mpirun.run(1, training + Mpirun.settings(["shards=3"]) + ["--out", "uneven"], in: fixture)
        #expect(uneven.code != 0 && uneven.errors.contains("shards is 3"), "\(uneven.errors)")
    }
}
