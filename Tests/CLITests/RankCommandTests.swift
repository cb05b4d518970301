import Foundation
import TensorCore
import Testing

/// Commands beside evaluation and the decoder's training, shared by ranks: what they leave is what one process leaves.
@Suite("Several ranks: further commands", .enabled(if: Mpirun.isThere, Mpirun.remark), .serialized)
struct RankCommandTests {
    @Test("Trainings with running statistics give the same model and state for any number of ranks")
    func statistics() throws {
        let fixture = try Fixture()
        let backbone = [
            "train", "backbone", "--dataset", "shapes5i", "--images-per-class", "2", "--steps", "4", "--batch-size", "4",
            "--shards", "4", "--image-size", "32", "--out",
        ]
        for ranks in 1...3 {
            try Mpirun.succeed(ranks, backbone + ["net\(ranks)"], in: fixture)
            for file in ["backbone.safetensors", "state.safetensors"] {
                #expect(
                    try Mpirun.bytes(fixture, "net\(ranks)/\(file)") == Mpirun.bytes(fixture, "net1/\(file)"), "\(ranks) ranks")
            }
        }
        // The statistics moved away from 0 and 1, so the comparison can fail.
        let state = try Safetensors.load(contentsOf: URL(fileURLWithPath: fixture.folder["net1/backbone.safetensors"]))
        let name = try #require(state.names.first { $0.hasSuffix("running_mean") })
        #expect(state[name]?.scalars.contains { $0 != 0 } == true)
        let uneven = try Mpirun.run(2, backbone + ["uneven", "--shards", "3"], in: fixture)
        #expect(uneven.code != 0)
    }

    @Test("Base and novel classes are learned to the same model and state by any number of ranks")
    func generalized() throws {
        let fixture = try Fixture()
        let data = [
            "--dataset", "shapes5i", "--images-per-class", "2", "--convention", "capl", "--min-support-pixels", "500",
        ]
        let small = Mpirun.settings(["training.steps=3", "training.batchSize=4"])
        let head = Mpirun.settings(["head.width=16", "head.auxiliaryWeight=0", "training.augmentation.side=32"])
        let stages = [
            ("base", ["--backbone", "net.safetensors"] + head), ("novel", ["--base", "base1/model.safetensors"]),
        ]
        for (stage, words) in stages {
            for ranks in [1, 2, 4] {
                // Ranks that find no number of shards take 4.
                let shards = ranks == 1 ? Mpirun.settings(["shards=4"]) : []
                try Mpirun.succeed(
                    ranks, ["gfss", "train", stage] + data + words + small + shards + ["--out", "\(stage)\(ranks)"], in: fixture)
                for file in ["model.safetensors", "state.safetensors"] {
                    #expect(
                        try Mpirun.bytes(fixture, "\(stage)\(ranks)/\(file)") == Mpirun.bytes(fixture, "\(stage)1/\(file)"),
                        "\(stage) by \(ranks) ranks: \(file)")
                }
            }
        }
    }

    @Test("A reproduction's cells are spread, and its results are those of one process")
    func reproduction() throws {
        let fixture = try Fixture()
        let small =
            ["reproduce", "diffup", "--quick", "--images-per-class", "4", "--seeds", "0", "1", "2"] + Fixture.smallDecoder
            + Mpirun.settings([
                "model.sampling.ensemble=1", "training.steps=2", "training.warmUpSteps=1", "pretraining.steps=2",
                "pretraining.imageSize=32", "pretraining.batchSize=2", "episodes=2", "figureEpisodes=1", "shots=[1]",
                "steps=[1]", "samplerSteps=2", "paperSteps=2", "manyShots=2", "variants=[\"no-iou\"]",
            ])
        for ranks in 1...2 { try Mpirun.succeed(ranks, small + ["--out", "out\(ranks)"], in: fixture) }
        for file in ["results.json", "results.csv", "pictures/figure6.png", "pictures/figure7.png"] {
            #expect(try Mpirun.bytes(fixture, "out2/\(file)") == Mpirun.bytes(fixture, "out1/\(file)"), "\(file)")
        }
        for cell in 0..<3 {
            let file = "cells/fold0-seed\(cell)/no-iou-behind0.safetensors"
            #expect(try Mpirun.bytes(fixture, "out2/\(file)") == Mpirun.bytes(fixture, "out1/\(file)"), "\(file)")
        }
        func lines(_ out: String) throws -> Int {
            try String(decoding: Mpirun.bytes(fixture, "\(out)/results.jsonl"), as: UTF8.self).split(separator: "\n").count
        }
        #expect(try lines("out1") == lines("out2"))
        // What a lost rank did not deliver is done again: half of the lines are gone.
        let log = try String(decoding: Mpirun.bytes(fixture, "out2/results.jsonl"), as: UTF8.self).split(separator: "\n")
        try Data(log.prefix(log.count / 2).map { $0 + "\n" }.joined().utf8)
            .write(to: URL(fileURLWithPath: fixture.folder["out2/results.jsonl"]))
        try Mpirun.succeed(2, small + ["--resume", "out2"], in: fixture)
        #expect(try Mpirun.bytes(fixture, "out2/results.json") == Mpirun.bytes(fixture, "out1/results.json"))
        #expect(try lines("out1") == lines("out2"))
    }

    @Test("Images and their labels are made by two ranks as by one, each once")
    func synthesis() throws {
        let fixture = try Fixture()
        let data = ["--dataset", "shapes5i", "--images-per-class", "2", "--convention", "capl", "--min-support-pixels", "500"]
        let small = Mpirun.settings(["training.steps=2", "training.batchSize=2"])
        let head = Mpirun.settings(["head.width=16", "head.auxiliaryWeight=0", "training.augmentation.side=32"])
        try Mpirun.succeed(
            1, ["gfss", "train", "base", "--backbone", "net.safetensors", "--out", "base"] + data + small + head, in: fixture)
        try Mpirun.succeed(
            1, ["gfss", "train", "novel", "--base", "base/model.safetensors", "--out", "novel"] + data + small, in: fixture)
        for ranks in 1...2 {
            let work = "work\(ranks)"
            try Mpirun.succeed(1, ["synth", "prompts", work] + data + Mpirun.settings(["bank.count=2"]), in: fixture)
            let images = try Mpirun.run(ranks, ["synth", "images", work] + Mpirun.settings(["shapes.size=48"]), in: fixture)
            #expect(images.code == 0 && images.output.contains("10 images, 10 of them made now"), "\(images.errors)")
            let masks = ["synth", "masks", work, "--model", "novel/model.safetensors"]
            let labelled = try Mpirun.run(ranks, masks, in: fixture)
            #expect(labelled.code == 0 && labelled.output.contains("10 of them labelled now"), "\(labelled.errors)")
            let again = try Mpirun.run(ranks, masks, in: fixture)
            #expect(again.output.contains("0 of them labelled now"), "\(again.errors)")
        }
        #expect(try Mpirun.bytes(fixture, "work2/images/images.json") == Mpirun.bytes(fixture, "work1/images/images.json"))
        #expect(try Mpirun.bytes(fixture, "work2/masks/sheet.png") == Mpirun.bytes(fixture, "work1/masks/sheet.png"))
        let folder = "masks/refined"
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder["work1/\(folder)"]).sorted()
        #expect(names.count == 10)
        for name in names {
            #expect(try Mpirun.bytes(fixture, "work2/\(folder)/\(name)") == Mpirun.bytes(fixture, "work1/\(folder)/\(name)"))
        }
        let prompts = try Mpirun.run(2, ["synth", "prompts", "other"] + data, in: fixture)
        #expect(prompts.code != 0 && prompts.errors.contains("runs in one process"), "\(prompts.errors)")
    }
}
