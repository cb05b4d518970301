internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import Synchronization

/// `fss predict`.
struct Predict: RankedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Segment things in photos, given one or a few annotated photos of them.",
        discussion: """
            What is looked for is a concept (see `fss concept`), or photos with annotations, each of which belongs to the --support \
            before it. A box is written as x0,y0,x1,y1 in pixels, or stands in \
            a text file; a scribble is a picture of strokes, or JSON {"scribbles": [{"points": [[x, y], ...]}]}. Files of \
            annotation tools are read by any of the options; --annotation is for those without a kind of their own. With \
            --sam a box, strokes or points become a mask first, which is what the model is shown.

            Examples:
              fss predict --concept cup.fss --concept plate.fss photos/
              fss predict --support cup.jpg --mask cup.png --query kitchen.jpg \\
                  --out found
              fss predict --support cup.jpg --box 40,60,180,200 --query photos/ \\
                  --out found --ensemble 5
              fss predict --support cup.jpg --annotation instances.json \\
                  --class cup --query photos/ --out found
              fss predict --support a.jpg --mask a.png --support b.jpg \\
                  --scribble b.json --query photos/*.jpg \\
                  --backbone resnet50-torchvision --weights resnet50.pth
              fss predict --support a.jpg --mask a.png --query photos/ --fused \\
                  --backbone resnet50-torchvision=r50.pth densenet169-torchvision=d169.pth
              fss predict --concept cup.fss --video frames/
              fss predict --word 'striped ring' --word 'dotted star' scenes/

            Without --backbone one that `fss weights download` fetched is taken, else the model of drawn shapes. Without \
            --checkpoint the decoder for photos that comes along is taken; it works behind any backbone.

            The folder has masks (PNG of 0 and 255; of several concepts their numbers, where the higher probability times \
            presence decides, for pixels or by --overlap things for whole things), overlays, probabilities (PNG, 255 is 1), results.jsonl with a line for each photo as soon as it is done (presence, area, \
            single things with box, score and pixels), summary.json and manifest.json. A run that ended early goes on with --resume: \
            photos that are done stay, what failed or is missing is done; photos, supports and the model may be named \
            in new places. --export adds the single things in the formats of other tools, in the folder exports.
              fss predict --resume found --export coco yolo csv
            """)

    @Argument(help: ArgumentHelp("Photos to segment, or folders of them.", valueName: "image"))
    var photos: [String] = []

    @Option(help: ArgumentHelp("A concept (.fss) to look for; may be repeated.", valueName: "file"))
    var concept: [String] = []

    @OptionGroup var words: WordOptions

    @OptionGroup var supports: SupportOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Photos to segment, or folders of them; may be repeated.", valueName: "image"))
    var query: [String] = []

    @Flag(help: "Also enter the folders in folders of photos.")
    var recursive = false

    @OptionGroup var model: ModelOptions

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var finding: FindingOptions

    @Flag(help: "Also draw what the model saw: priors, sampling steps, predicted errors.")
    var explain = false

    @Flag(help: "Also draw the walk from noise to mask, and predicted errors of the result at three levels of noise.")
    var figures = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Also write what was found as \(MaskExports.names.joined(separator: ", ")).", valueName: "format"))
    var export: [String] = []

    @Option(help: ArgumentHelp("How far exported polygons may leave out corners, in pixels.", valueName: "pixels"))
    var exportTolerance = 1.0

    @OptionGroup var common: CommonOptions

    var queries: [String] { photos + query }

    func validate() throws {
        try validating { _ = try PredictionExport(export, tolerance: exportTolerance) }
        try output.refuse(
            model.sampling.deciding + common.deciding + finding.deciding + [
                ("--explain", explain), ("--figures", figures), ("--word", !words.word.isEmpty),
                ("--no-mask", supports.noMask && supports.support.isEmpty),
            ])
        try finding.refuse([("--recursive", recursive), ("--explain", explain), ("--figures", figures)])
        try validating { _ = try supports.choices }
        let kinds = [("--concept", !concept.isEmpty), ("--word", !words.word.isEmpty), ("--support", !supports.support.isEmpty)]
        let given = kinds.filter(\.1).map(\.0)
        guard given.count < 2 else {
            throw ValidationError("\(given.joined(separator: " and ")) are ways to say what is looked for; give one of them.")
        }
        guard output.resume == nil else { return }
        if words.words != nil, words.word.isEmpty { throw ValidationError("--words reads the names of --word; give one.") }
        guard given.isEmpty || queries.isEmpty else { return }
        let missing = given.isEmpty ? "--support <image>" : "--query <image>"
        throw ValidationError("Missing expected argument '\(missing) ...'")
    }

    func run() async throws {
        let folder = try output.folder("predict")
        let (run, compute) = try run(in: folder)
        try compute.apply()
        try common.console.introduce(Session.ranks)
        let bar = ProgressBar(on: common.console)
        let remarks = Mutex<[String]>([])
        var report = try PredictReport(export, tolerance: exportTolerance, run, in: folder, keepsAll: common.report.json)
        let summary = try await output.resumably("predict", in: folder) {
            try await run.summary(in: folder, compute: compute, arguments: FSS.arguments, ranks: Session.ranks) { event in
                if case .note(let text) = event { remarks.withLock { $0.append(text) } }
                bar.show(event)
            } each: {
                report.add($0)
            }
        }
        bar.finish()
        guard Session.ranks.isFirst else { return }
        report.remarks = remarks.withLock { $0 }
        try report.print(summary, on: common.console)
    }
}
