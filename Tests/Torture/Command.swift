internal import Foundation

/// A command that writes a folder, and how it goes on after it was killed.
struct Command: Sendable {
    var name: String
    /// Everything but `--out`.
    var begin: [String]
    /// Everything but the folder; nil for a command that begins again with `--force`.
    var resume: [String]?
    /// What grows while it is at work: files, or folders by the number of their files.
    var grows = ["metrics.csv", "results.jsonl", "cells.jsonl"]
    /// What has to be done before, ``folder`` where the run's own folder goes; a command whose `--out` is there is not called again.
    var earlier: [[String]] = []

    /// Stands in the words for the run's own folder. A command that has it goes on with the same words as it began.
    static let folder = "{folder}"

    static func named(_ words: [String], _ folder: String) -> [String] {
        words.map { $0 == Self.folder ? folder : $0 }
    }

    /// What begins in a folder.
    func beginning(in folder: String) -> [String] {
        begin.contains(Self.folder) ? Self.named(begin, folder) : begin + ["--out", folder]
    }

    /// Does what has to be done before a run in a new folder.
    func prepare(_ folder: String, in place: URL, _ torture: Torture) throws {
        let isThere = FileManager.default.fileExists(atPath: place.appendingPathComponent(folder).path)
        for words in earlier where !(isThere && words.contains(Self.folder)) {
            let out = words.firstIndex(of: "--out").map { place.appendingPathComponent(words[$0 + 1]).path }
            if let out, FileManager.default.fileExists(atPath: out) { continue }
            let ending = try torture.run(Self.named(words, folder), in: place)
            guard ending.status == 0 else { throw TortureError("\(words.joined(separator: " ")): \(ending.tail)") }
        }
    }

    /// What continues in a folder, or begins in it.
    func words(for folder: String, in place: URL) -> [String] {
        if begin.contains(Self.folder) { return beginning(in: folder) }
        let isBegun = FileManager.default.fileExists(atPath: place.appendingPathComponent("\(folder)/manifest.json").path)
        guard isBegun else { return begin + ["--out", folder] }
        return resume.map { $0 + ["--resume", folder] } ?? begin + ["--out", folder, "--force"]
    }

    static let model = ["--backbone", "net.safetensors", "--checkpoint", "model.safetensors"]
    private static let quiet = ["--threads", "1", "--quiet"]

    static func predict(photos: Int) -> Command {
        Command(
            name: "predict",
            begin: ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--query"]
                + (0..<photos).map { "query\($0).png" } + ["--ensemble", "3"] + model + quiet,
            resume: ["predict", "--quiet"])
    }

    static func decoder(steps: Int) -> Command {
        let settings = [
            "model.imageSize=64", "model.decoder.resolution=16", "model.decoder.channels=[8,8,16]", "model.decoder.embedding=16",
            "model.decoder.sinusoid=16", "model.sampling.steps=2", "training.batchSize=2", "training.checkpointInterval=3",
            "training.steps=\(steps)",
        ].flatMap { ["--set", $0] }
        return Command(
            name: "train decoder",
            begin: ["train", "--images-per-class", "2", "--backbone", "net.safetensors", "--features", "features"] + settings
                + quiet,
            resume: ["train", "--features", "features", "--quiet"])
    }

    static func backbone(steps: Int) -> Command {
        Command(
            name: "train backbone",
            begin: [
                "train", "backbone", "--images-per-class", "2", "--batch-size", "2", "--image-size", "32",
                "--checkpoint-interval", "3", "--steps", String(steps),
            ] + quiet, resume: ["train", "backbone", "--quiet"])
    }

    static func miniature(steps: Int) -> Command {
        Command(
            name: "train miniature",
            begin: [
                "train", "miniature", "--set", "training.steps=\(steps)", "--set", "training.batchSize=2",
                "--set", "shape.autoencoderChannels=[16,16,16]", "--set", "imagesPerClass=1", "--set", "checkpointInterval=3",
            ] + quiet, resume: ["train", "miniature", "--quiet"])
    }

    static let evaluate = Command(
        name: "evaluate",
        begin: ["evaluate", "--images-per-class", "2", "--baselines", "none", "--episodes", "3"] + model + quiet,
        resume: ["evaluate", "--quiet"])

    static let build = Command(
        name: "data build",
        begin: ["data", "build", "shapes5i", "--images-per-class", "4", "--image-size", "64", "--fold", "0", "--quiet"],
        resume: nil, grows: ["manifest.json"])

    static let pascal = Command(
        name: "data build pascal5i",
        begin: [
            "data", "build", "pascal5i", "--voc", "downloads", "--sbd", "downloads/SegmentationClassAug", "--photos", "copy",
            "--min-pixels", "20", "--quiet",
        ], resume: ["data", "build", "pascal5i", "--quiet"], grows: ["SegmentationClass"])

    static let coco = Command(
        name: "data build coco20i",
        begin: ["data", "build", "coco20i", "--coco", "downloads", "--photos", "copy", "--min-pixels", "20", "--quiet"],
        resume: ["data", "build", "coco20i", "--quiet"], grows: ["annotations/train2017"])

    /// Each of a second or a few, those of Syn4Seg left out.
    static let all = [
        decoder(steps: 40), backbone(steps: 40), miniature(steps: 20), predict(photos: 6), evaluate, build, pascal, coco,
    ]
    /// Those that write a folder of their own or a stage of one, with trainings that go on for a while.
    static let long =
        [decoder(steps: 400), backbone(steps: 400), miniature(steps: 100), predict(photos: 6), evaluate, build, pascal, coco]
        + syn4Seg(steps: 200)
}
