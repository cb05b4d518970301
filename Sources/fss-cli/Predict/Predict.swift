internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import Synchronization

/// `fss predict`.
struct Predict: RankedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Segment a thing in photos, given one or a few annotated photos of it.",
        discussion: """
            An annotation belongs to the --support before it. A box is written as x0,y0,x1,y1 in pixels, or stands in \
            a text file; a scribble is a picture of strokes, or JSON {"scribbles": [{"points": [[x, y], ...]}]}. Files of \
            annotation tools are read by any of the options; --annotation is for those without a kind of their own. With \
            --sam a box, strokes or points become a mask first, which is what the model is shown.

            Examples:
              fss predict --support cup.jpg --mask cup.png --query kitchen.jpg \\
                  --out found
              fss predict --support cup.jpg --box 40,60,180,200 --query photos/ \\
                  --out found --ensemble 5
              fss predict --support cup.jpg --point 110,130 --query photos/ \\
                  --sam sam_vit_b_01ec64.pth --out found
              fss predict --support cup.jpg --annotation instances.json \\
                  --class cup --query photos/ --out found
              fss predict --support a.jpg --mask a.png --support b.jpg \\
                  --scribble b.json --query photos/*.jpg \\
                  --backbone resnet50-torchvision --weights resnet50.pth

            Without --backbone one that `fss weights download` fetched is taken, else the model of drawn shapes. Without \
            --checkpoint the decoder for photos that comes along is taken; it works behind any backbone.

            The folder has masks (PNG of 0 and 255), overlays, probabilities (PNG, 255 is 1), results.jsonl with a line \
            for each photo as soon as it is done, and manifest.json. A run that ended early goes on with --resume: \
            photos that are done stay, what failed or is missing is done; photos, supports and the model may be named \
            in new places. --export adds the masks in the formats of other tools, in the folder exports.
              fss predict --resume found --export coco yolo
            """)

    @OptionGroup var supports: SupportOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Photos to segment, or folders of them; may be repeated.", valueName: "image"))
    var query: [String] = []

    @OptionGroup var model: ModelOptions

    @OptionGroup var output: ResumableOutputOptions

    @Option(
        help: ArgumentHelp(
            "Leave the mask empty where the thing is likely not there: in photos whose presence (0 to 1, in results.jsonl) is lower.",
            valueName: "presence"))
    var absentBelow: Float?

    @Flag(help: "Also draw what the model saw: priors, sampling steps, predicted errors.")
    var explain = false

    @Flag(help: "Also draw the walk from noise to mask, and predicted errors of the result at three levels of noise.")
    var figures = false

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Also write the masks as \(MaskExports.names.joined(separator: ", ")).", valueName: "format"))
    var export: [String] = []

    @Option(help: ArgumentHelp("How far exported polygons may leave out corners, in pixels.", valueName: "pixels"))
    var exportTolerance = 1.0

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let absentBelow, !(0...1).contains(absentBelow) {
            throw ValidationError("--absent-below is \(absentBelow), expected 0...1.")
        }
        try validating { _ = try PredictionExport(export, tolerance: exportTolerance) }
        try output.refuse(
            model.sampling.deciding + common.deciding + [
                ("--absent-below", absentBelow != nil), ("--explain", explain), ("--figures", figures),
            ])
        try validating { _ = try supports.choices }
        guard output.resume == nil, supports.support.isEmpty || query.isEmpty else { return }
        let missing = supports.support.isEmpty ? "--support <image>" : "--query <image>"
        throw ValidationError("Missing expected argument '\(missing) ...'")
    }

    func run() async throws {
        let folder = try output.folder("predict")
        let (run, compute) = try run(in: folder)
        try compute.apply()
        try common.console.introduce(Session.ranks)
        let bar = ProgressBar(on: common.console)
        let remarks = Mutex<[String]>([])
        let results = try await output.resumably("predict", in: folder) {
            try await run.run(in: folder, compute: compute, arguments: FSS.arguments, ranks: Session.ranks) { event in
                if case .note(let text) = event { remarks.withLock { $0.append(text) } }
                bar.show(event)
            }
        }
        bar.finish()
        guard Session.ranks.isFirst else { return }
        let classes = Set(run.supports.compactMap(\.className))
        let exports = try PredictionExport(
            export, tolerance: exportTolerance, className: classes.count == 1 ? classes.first : nil
        ).write(results, in: folder.url)
        try report(results, remarks.withLock { $0 }, exports, folder.url.path, common.console)
    }

    /// The run of the options, or the rest of an earlier one.
    private func run(in folder: RunFolder) throws -> (PredictionRun, ComputeSettings) {
        guard output.resume != nil else {
            let found = try QueryPhoto.search(query)
            let (choice, remarks) = try model.isNamed ? (model.choice, []) : ModelChoice.forPhotos()
            var run = PredictionRun(
                supports: try supports.choices, queries: found.photos, model: choice,
                sampling: model.sampling.choice, threshold: model.sampling.thresholdValue, absentBelow: absentBelow,
                explains: explain)
            run.masker = supports.masker
            run.remarks = found.remarks + remarks
            run.figures = figures
            return (run, Session.ranks.settled(common.compute))
        }
        let (run, record) = try PredictionRun.resuming(
            folder, queries: query.isEmpty ? nil : query, supports: supports.support.isEmpty ? nil : try supports.choices,
            model: try model.isNamed ? model.choice : nil, masker: supports.masker, ranks: Session.ranks)
        return (run, record.settings(threads: common.threads, device: common.device))
    }

    private func report(
        _ results: [PredictionRecord], _ remarks: [String], _ exports: [ExportSummary], _ folder: String, _ console: Console
    ) throws {
        var table = TextTable(["query", "object", "mask"])
        for result in results {
            let share = result.share.map { "\(($0 * 100).rounded(to: 1)) %" } ?? "-"
            table.add([result.query, share, result.mask ?? "failed"])
        }
        console.table(table)
        exports.forEach { console.line($0.line) }
        console.line("Results: \(folder)")
        try console.emit(PredictReport(folder: folder, remarks: remarks, results: results, exports: exports))
        let failures = results.compactMap(\.error)
        for failure in failures { Console.standardError("Error: \(failure)") }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}
