internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

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

    @OptionGroup var output: OutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000).contains(episodes) else { throw ValidationError("--episodes is \(episodes), expected 1...100000.") }
    }

    func run() async throws {
        try common.apply()
        let run = try DemonstrationRun(
            model.load(common), threshold: model.sampling.thresholdValue, episodes: episodes, compute: common.compute)
        let folder = try output.folder("demo")
        let bar = ProgressBar(on: common.console)
        let scores = try await run.run(in: folder, arguments: FSS.arguments, observe: bar.show)
        bar.finish()
        try report(scores, folder.url.appendingPathComponent("demo.png").path, common.console)
    }

    private func report(_ scores: [DemonstrationScore], _ picture: String, _ console: Console) throws {
        console.line("Novel classes of Shapes-5i fold 0, 1-shot, \(episodes) episodes: mIoU (FB-IoU) in %")
        var table = TextTable(["support", "prior, no training", "DiffUp", "difference"])
        for score in scores {
            let difference = score.diffUp.meanIoU - score.prior.meanIoU
            table.add([score.annotation.rawValue, score.prior.text, score.diffUp.text, difference.signedPercent])
        }
        console.table(table)
        console.line("Pictures: \(picture)")
        try console.emit(DemoReport(picture: picture, scores: scores))
    }
}

/// What `demo --json` prints.
private struct DemoReport: Encodable {
    var picture: String
    var scores: [DemonstrationScore]
}
