internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import TensorCore

/// `fss demo`.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Segment drawn objects of unseen classes from a mask, a box and a scribble.",
        discussion: """
            Runs on fold 0 of Shapes-5i, whose five classes the model never saw, prints scores beside the \
            training-free prior and writes a sheet of pictures: support with annotation, query, prior mean and \
            variance, sampling steps, predicted errors, result, truth.

            Examples:
              fss demo
              fss demo --episodes 20 --out look --ensemble 5
            """)

    @OptionGroup var model: ModelOptions

    @Option(help: "Episodes for each kind of annotation.")
    var episodes = 100

    @Option(help: ArgumentHelp("The folder for the results; by default a new one in runs/.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace the results of an earlier run.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000).contains(episodes) else { throw ValidationError("--episodes is \(episodes), expected 1...100000.") }
    }

    func run() async throws {
        try common.apply()
        let start = Date()
        let loaded = try model.load(common)
        let folder = try RunFolder(out, command: "demo", force: force)
        let run = try DemoRun(model: loaded, threshold: model.sampling.thresholdValue, episodes: episodes, seed: common.seedValue)
        var scores: [DemoScore] = []
        for rule in DemoRun.rules { scores.append(try await run.score(rule, common.console)) }
        let picture = try folder.file("demo.png")
        try ImageFile.save(run.sheet(common.console).rendered(), to: picture)
        let manifest = RunManifest(
            command: "demo", common: common, backbones: [BackboneRecord(loaded.backbone)], checkpoints: [loaded.checkpoint],
            settings: scores, started: start)
        try TextFile.writeJSON(manifest.ended(since: start), to: folder.file("manifest.json"))
        try folder.commit()
        report(scores, folder.url)
        try common.console.emit(DemoReport(picture: folder.url.appendingPathComponent("demo.png").path, scores: scores))
    }

    private func report(_ scores: [DemoScore], _ folder: URL) {
        let console = common.console
        console.line("Novel classes of Shapes-5i fold 0, 1-shot, \(episodes) episodes: mIoU (FB-IoU) in %")
        var table = TextTable(["support", "prior, no training", "DiffUp", "difference"])
        for score in scores {
            let difference = score.diffUp.meanIoU - score.prior.meanIoU
            let text = "\(difference < 0 ? "" : "+")\((difference * 100).rounded(to: 1))"
            table.add([score.annotation.rawValue, score.prior.text, score.diffUp.text, text])
        }
        console.table(table)
        console.line("Pictures: \(folder.appendingPathComponent("demo.png").path)")
    }
}

/// The scores with one kind of annotation.
struct DemoScore: Codable {
    var annotation: AnnotationRule
    var prior: StitchingMatrix.Score
    var diffUp: StitchingMatrix.Score
    var episodeHash: String
}

/// What `demo --json` prints.
private struct DemoReport: Codable {
    var picture: String
    var scores: [DemoScore]
}
