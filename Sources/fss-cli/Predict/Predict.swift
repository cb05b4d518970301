internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss predict`.
struct Predict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Segment a thing in photos, given one or a few annotated photos of it.",
        discussion: """
            An annotation belongs to the --support before it. A box is written as x0,y0,x1,y1 in pixels, or stands in \
            a text file; a scribble is a picture of strokes, or JSON {"scribbles": [{"points": [[x, y], ...]}]}. Files of \
            annotation tools are read by any of the options; --annotation is for those without a kind of their own.

            Examples:
              fss predict --support cup.jpg --mask cup.png --query kitchen.jpg \\
                  --out found
              fss predict --support cup.jpg --box 40,60,180,200 --query photos/ \\
                  --out found --ensemble 5
              fss predict --support cup.jpg --annotation instances.json \\
                  --class cup --query photos/ --out found
              fss predict --support a.jpg --mask a.png --support b.jpg \\
                  --scribble b.json --query photos/*.jpg \\
                  --backbone resnet50-torchvision --weights resnet50.safetensors \\
                  --checkpoint model.safetensors

            The folder has masks (PNG of 0 and 255), overlays, probabilities (PNG, 255 is 1) and manifest.json.
            """)

    @OptionGroup var supports: SupportOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Photos to segment, or folders of them; may be repeated.", valueName: "image"))
    var query: [String]

    @OptionGroup var model: ModelOptions

    @OptionGroup var output: OutputOptions

    @Flag(help: "Also draw what the model saw: priors, sampling steps, predicted errors.")
    var explain = false

    @OptionGroup var common: CommonOptions

    func validate() throws { try validating { _ = try supports.choices } }

    func run() async throws {
        try common.apply()
        let run = PredictionRun(
            supports: try supports.choices, queries: try QueryPhoto.found(query), threshold: model.sampling.thresholdValue,
            explains: explain)
        let folder = try output.folder("predict")
        let bar = ProgressBar(on: common.console)
        let results = try await run.run(
            with: { try model.load(common) }, in: folder, compute: common.compute, arguments: FSS.arguments, observe: bar.show)
        bar.finish()
        try report(results, folder.url.path, common.console)
    }

    private func report(_ results: [PredictionRecord], _ folder: String, _ console: Console) throws {
        var table = TextTable(["query", "object", "mask"])
        for result in results {
            let share = result.share.map { "\(($0 * 100).rounded(to: 1)) %" } ?? "-"
            table.add([result.query, share, result.mask ?? "failed"])
        }
        console.table(table)
        console.line("Results: \(folder)")
        try console.emit(PredictReport(folder: folder, results: results))
        let failures = results.compactMap(\.error)
        for failure in failures { Console.standardError("Error: \(failure)") }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}

/// What `predict --json` prints.
private struct PredictReport: Encodable {
    var folder: String
    var results: [PredictionRecord]
}
