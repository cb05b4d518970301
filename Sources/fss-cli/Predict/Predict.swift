internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss predict`.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Segment a thing in photos, given one or a few annotated photos of it.",
        discussion: """
            An annotation belongs to the --support before it. A box is written as x0,y0,x1,y1 in pixels, or stands in \
            a text file; a scribble is a picture of strokes, or JSON {"scribbles": [{"points": [[x, y], ...]}]}.

            Examples:
              fss predict --support cup.jpg --mask cup.png --query kitchen.jpg \\
                  --out found
              fss predict --support cup.jpg --box 40,60,180,200 --query photos/ \\
                  --out found --ensemble 5
              fss predict --support a.jpg --mask a.png --support b.jpg \\
                  --scribble b.json --query photos/*.jpg \\
                  --backbone resnet50-torchvision --weights resnet50.safetensors \\
                  --checkpoint model.safetensors

            The folder has masks (PNG of 0 and 255), overlays, probabilities (PNG, 255 is 1) and manifest.json.
            """)

    @Option(parsing: .upToNextOption, help: ArgumentHelp("A photo that shows the thing; may be repeated.", valueName: "image"))
    var support: [String]

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("The thing's pixels in the support: a PNG of its size.", valueName: "file"))
    var mask: [String] = []

    @Option(parsing: .upToNextOption, help: ArgumentHelp("A box around the thing: x0,y0,x1,y1 or a file.", valueName: "box"))
    var box: [String] = []

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Strokes on the thing: a picture or JSON.", valueName: "file"))
    var scribble: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Photos to segment, or folders of them; may be repeated.", valueName: "image"))
    var query: [String]

    @OptionGroup var model: ModelOptions

    @Option(help: ArgumentHelp("The folder for the results; by default a new one in runs/.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace the results of an earlier run.")
    var force = false

    @Flag(help: "Also draw what the model saw: priors, sampling steps, predicted errors.")
    var explain = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        try common.apply()
        let start = Date()
        let console = common.console
        let arguments = try SupportArgument.paired(Array(CommandLine.arguments.dropFirst()))
        let queries = try QueryFiles.found(query)
        let folder = try RunFolder(out, command: "predict", force: force)
        let supports = try arguments.map { try $0.load() }
        let loaded = try model.load(common)
        let writer = PredictionWriter(
            model: loaded.model, supports: supports, threshold: model.sampling.thresholdValue, explains: explain, folder: folder)
        let bar = ProgressBar("segmenting", total: queries.count, on: console)
        var results: [PredictionRecord] = []
        for query in queries {
            try Interruption.check()
            results.append(try writer.write(query, mayFail: queries.count > 1))
            bar.update(results.count)
        }
        let settings = PredictSettings(
            supports: arguments, sampling: loaded.configuration.sampling, threshold: model.sampling.thresholdValue,
            results: results)
        let manifest = RunManifest(
            command: "predict", common: common, backbones: [BackboneRecord(loaded.backbone)],
            checkpoints: [loaded.checkpoint], settings: settings, started: start)
        try TextFile.writeJSON(manifest.ended(since: start), to: folder.file("manifest.json"))
        try folder.commit()
        try report(results, folder.url, console)
    }

    private func report(_ results: [PredictionRecord], _ folder: URL, _ console: Console) throws {
        var table = TextTable(["query", "object", "mask"])
        for result in results {
            let share = result.share.map { "\(($0 * 100).rounded(to: 1)) %" } ?? "-"
            table.add([result.query, share, result.mask ?? "failed"])
        }
        console.table(table)
        console.line("Results: \(folder.path)")
        try console.emit(PredictReport(folder: folder.path, results: results))
        let failures = results.compactMap(\.error)
        for failure in failures { Console.standardError("Error: \(failure)") }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}

/// What `predict` decided, for the manifest.
struct PredictSettings: Codable {
    var supports: [SupportArgument]
    var sampling: SamplingConfiguration
    var threshold: Float
    var results: [PredictionRecord]
}

/// What `predict --json` prints.
private struct PredictReport: Codable {
    var folder: String
    var results: [PredictionRecord]
}
