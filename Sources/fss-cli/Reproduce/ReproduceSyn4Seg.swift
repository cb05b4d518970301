internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import PseudoLabel

/// `fss reproduce syn4seg`.
struct ReproduceSyn4Seg: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "syn4seg",
        abstract: "Base only, + support, + synthetic images, + HDIG, + APF, + APR, + SABR; sweeps; the claims.",
        discussion: """
            --quick runs on drawn shapes, from nothing, with the backbone that comes along, within 20 minutes on two cores. \
            Stopped at any time, the command goes on with --resume in place of --out.

            Examples:
              fss reproduce syn4seg --quick --out runs/syn4seg
              fss reproduce syn4seg --dataset pascal5i=data/pascal --convention pop \\
                  --fold 0 1 2 3 --shots 1 5 --photos \\
                  --backbone resnet50-torchvision=resnet50.pth resnet101-torchvision=resnet101.pth
            """)

    @Flag(help: "Small photos, few steps, three seeds, on shapes5i.")
    var quick = false

    @OptionGroup var dataset: DatasetOptions

    @OptionGroup var convention: ConventionOption

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption, help: ArgumentHelp("Folds, from 0.", valueName: "fold"))
    var folds: [Int] = [0]

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Supports a novel class, one run for each number.", valueName: "count"))
    var shots: [Int] = [1]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("What supports are drawn with, one run each; by default the convention's.", valueName: "seed"))
    var seeds: [UInt64] = []

    @Option(
        name: .customLong("backbone"), parsing: .upToNextOption,
        help: ArgumentHelp("Backbones, the first being the one that others are compared with.", valueName: "name=weights"))
    var backbones: [String] = []

    @Flag(help: "Unlabelled photos of the dataset stand in for synthetic images.")
    var photos = false

    @Option(help: ArgumentHelp("Images that are there, in place of drawn ones: a folder a class.", valueName: "folder"))
    var images: String?

    @Option(help: ArgumentHelp("Weights of Segment Anything; without, a guided filter refines.", valueName: "file"))
    var sam: String?

    @Flag(help: "Also let DiffUp label, the model of drawn shapes or behind the first backbone the one of photos.")
    var diffup = false

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try output.refuse([])
        try dataset.checkUse()
        if photos && images != nil { throw ValidationError("--photos and --images exclude each other.") }
        if quick, let name = dataset.dataset, name != DatasetRegistry.shapes5i {
            throw ValidationError("--quick is for shapes5i; leave it out for \(name).")
        }
    }

    func run() async throws {
        let numbers = try settings.settings(from: quick ? Syn4SegSettings.quick : Syn4SegSettings())
        if settings.printConfig { return print(try numbers.printed()) }
        try common.apply()
        let plan = try plan(numbers)
        try plan.validate()
        let folder = try output.folder(Syn4SegReproduction.command)
        let bar = ProgressBar(on: common.console)
        let report = try await output.resumably("reproduce syn4seg <the same options>", in: folder) {
            try await plan.run(
                in: folder, isResumed: output.resume != nil, compute: common.compute, arguments: FSS.arguments, observe: bar.show)
        }
        bar.finish()
        show(report)
        common.console.line("Page: \(folder.url.path)/report.html")
        try common.console.emit(report)
    }

    private func plan(_ numbers: Syn4SegSettings) throws -> Syn4SegReproduction {
        var choice = dataset.choice
        if quick && dataset.imagesPerClass == nil { choice.imagesPerClass = 12 }
        var rule = quick && convention.convention == nil ? GFSSConvention.capl : try convention.value()
        if quick && convention.minSupportPixels == nil { rule.minimumSupportPixels = 4096 }
        let networks = try backbones.isEmpty ? shipped : backbones.map { BackboneChoice($0) }
        var plan = Syn4SegReproduction(dataset: choice, convention: rule, backbones: networks, settings: numbers)
        (plan.folds, plan.shots, plan.precision) = (folds, shots, common.compute.precision)
        if quick { plan.seeds = Array(rule.seeds.prefix(3)) }
        if !seeds.isEmpty { plan.seeds = seeds }
        if photos { plan.generator = .photos }
        if let images { plan.generator = .folder(images) }
        if let sam { plan.refiner = .segmentAnything(weights: sam) }
        if diffup { plan.diffUp = backbones.isEmpty ? .shipped : .photos(backbone: networks[0]) }
        return plan
    }

    /// The backbone of drawn shapes that comes along.
    private var shipped: [BackboneChoice] {
        get throws {
            guard dataset.choice.name == DatasetRegistry.shapes5i, let files = ShippedModels.shapes5i else {
                throw ValidationError("photos need --backbone name=weights.")
            }
            return [BackboneChoice(name: nil, weights: files.backbone.path)]
        }
    }

    private func show(_ report: Syn4SegReport) {
        var table = TextTable(["backbone", "shots", "row", "runs"] + Syn4SegReport.titles, leftColumns: 3)
        for row in report.rows {
            let scores = row.scores.map { $0.map { ($0.mean * 100).rounded(to: 1) } ?? "-" }
            table.add([row.backbone, "\(row.shots)", row.title, "\(row.mean?.count ?? 0)"] + scores)
        }
        common.console.table(table)
        var claims = TextTable(["the paper's claim", "difference", "verdict"])
        for item in report.claims {
            let difference = item.difference.map { ($0.mean * 100).rounded(to: 1) } ?? "-"
            claims.add([item.claim, difference, item.verdict.rawValue])
        }
        common.console.table(claims)
    }
}
