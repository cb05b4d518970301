internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import PseudoLabel

/// `fss reproduce syn4seg`.
struct ReproduceSyn4Seg: RankedCommand {
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
        help: ArgumentHelp(
            "Ids of the images that are supports, each with its class, one a line; {fold}, {shots} and {seed} are filled in.",
            valueName: "file"))
    var supports: String?

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

    @OptionGroup var options: ReproductionOptions

    func validate() throws {
        try dataset.checkUse(quick: quick)
        if photos && images != nil { throw ValidationError("--photos and --images exclude each other.") }
    }

    func run() async throws {
        if options.settings.printConfig {
            return print(try options.settings.settings(from: quick ? Syn4SegSettings.quick : Syn4SegSettings()).printed())
        }
        try await options.run(try plan, show: show)
    }

    private var plan: Syn4SegReproduction {
        get throws {
            var plan = try quick ? quickPlan : wholePlan
            plan.settings = try options.settings.settings(from: plan.settings)
            if !backbones.isEmpty { plan.backbones = backbones.map { BackboneChoice($0) } }
            (plan.folds, plan.shots, plan.precision) = (folds, shots, options.common.compute.precision)
            if !seeds.isEmpty { plan.seeds = seeds }
            plan.supports = supports
            if photos { plan.generator = .photos }
            if let images { plan.generator = .folder(images) }
            if let sam { plan.refiner = .segmentAnything(weights: sam) }
            if diffup { plan.diffUp = backbones.isEmpty ? .shipped : .photos(backbone: plan.backbones[0]) }
            return plan
        }
    }

    private var quickPlan: Syn4SegReproduction {
        get throws {
            guard var plan = Syn4SegReproduction.quick else {
                throw ValidationError(
                    "this build has no backbone that comes along; give --backbone name=weights and leave --quick out.")
            }
            if let count = dataset.imagesPerClass { plan.dataset.imagesPerClass = count }
            if convention.convention != nil { plan.convention = try convention.value() }
            if let pixels = convention.minSupportPixels { plan.convention.minimumSupportPixels = pixels }
            return plan
        }
    }

    private var wholePlan: Syn4SegReproduction {
        get throws {
            if backbones.isEmpty { throw ValidationError("a reproduction needs --backbone name=weights, or --quick.") }
            return Syn4SegReproduction(dataset: dataset.choice, convention: try convention.value(), backbones: [])
        }
    }

    private func show(_ report: Syn4SegReport) {
        var table = TextTable(["backbone", "shots", "row", "runs"] + Syn4SegReport.titles, leftColumns: 3)
        for row in report.rows {
            let scores = row.scores.map { ($0?.mean).percent }
            table.add([row.backbone, "\(row.shots)", row.title, "\(row.mean?.count ?? 0)"] + scores)
        }
        options.common.console.table(table)
        var claims = TextTable(["the paper's claim", "difference", "verdict"])
        for item in report.claims {
            claims.add([item.claim, (item.difference?.mean).percent, item.verdict.rawValue])
        }
        options.common.console.table(claims)
    }
}
