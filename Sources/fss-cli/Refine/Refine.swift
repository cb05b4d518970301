internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import PseudoLabel

/// `fss refine`.
struct Refine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw the outlines of label maps anew, by Segment Anything, a guided filter or DiffUp.",
        discussion: """
            Label maps are PNG files of a class a pixel (255 for none), named after the photos. Only a band along the outlines and \
            pixels without a label can change. A run that was stopped goes on with the same options and --resume in place of --out.

            Examples:
              fss refine --photos photos/ --labels labels/ --sam sam_vit_b_01ec64.pth \\
                  --out refined
              fss refine --photos photos/ --labels labels/ --out refined \\
                  --set bandWidth=8 --set rejected=free
            """)

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Photos, or folders of them.", valueName: "image"))
    var photos: [String] = []

    @Option(help: ArgumentHelp("The folder of their label maps.", valueName: "folder"))
    var labels: String?

    @OptionGroup var refiner: RefinerOptions

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try output.refuse([])
        if refiner.diffUp.isNamed && refiner.name != .diffup {
            throw ValidationError("--backbone, --weights and --checkpoint belong to --refiner diffup.")
        }
    }

    func run() async throws {
        let numbers = try settings.settings(from: BoundaryRefinement())
        if settings.printConfig { return print(try numbers.printed()) }
        guard let labels, !photos.isEmpty else { throw ValidationError("refine needs --photos and --labels.") }
        try common.apply()
        let found = try QueryPhoto.search(photos)
        found.remarks.forEach(common.console.note)
        let folder = try output.folder("refine")
        let refinement = LabelRefinement(found.photos, labels: labels, refiner: try refiner.choice, refinement: numbers)
        let bar = ProgressBar(on: common.console)
        let records = try await output.resumably("refine <the same options>", in: folder) {
            try await refinement.run(
                in: folder, isResumed: output.resume != nil, compute: common.compute, arguments: FSS.arguments, observe: bar.show)
        }
        bar.finish()
        var table = TextTable(["photo", "regions", "accepted", "pixels changed"])
        for record in records where record.error == nil {
            table.add([record.name, "\(record.regions)", "\(record.accepted)", "\(record.changed)"])
        }
        common.console.table(table)
        common.console.line("Results: \(folder.url.path)")
        try common.console.emit(records)
        let failures = records.compactMap(\.error)
        for failure in failures { Console.standardError("Error: \(failure)") }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}
