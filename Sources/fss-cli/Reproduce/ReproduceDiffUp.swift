internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss reproduce diffup`.
struct ReproduceDiffUp: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "diffup",
        abstract: "Every table and figure of DiffUp in miniature: the paper's value, ours, the direction.",
        discussion: """
            --quick runs on drawn shapes, from nothing: small decoders, few steps, three \
            seeds. Stopped at any time, the command goes on with --resume in place of --out. Every row is trained as \
            long as the full model, on features that are stored once.

            Examples:
              fss reproduce diffup --quick --out runs/diffup
              fss reproduce diffup --dataset pascal5i=data/pascal --fold 3 \\
                  --backbone resnet50-torchvision=resnet50.pth densenet169-torchvision=densenet169.pth \\
                  --set training.steps=1500
              fss reproduce diffup --print-config
            """)

    @Flag(help: "Small photos, a small decoder, few steps, three seeds, on shapes5i.")
    var quick = false

    @OptionGroup var dataset: DatasetOptions

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption, help: ArgumentHelp("Folds, from 0.", valueName: "fold"))
    var folds: [Int] = [0]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Seeds of trainings and episodes, one run each; 0, 1 and 2 by default.", valueName: "seed"))
    var seeds: [UInt64] = []

    @Option(
        name: .customLong("backbone"), parsing: .upToNextOption,
        help: ArgumentHelp("Backbones; the first is that of all tables but those of stitching.", valueName: "name=weights"))
    var backbones: [String] = []

    @Option(
        help: ArgumentHelp(
            "Another dataset, whose same fold is asked after training on --dataset (table 4); no table without it.",
            valueName: "dataset"))
    var crossDataset: String?

    @OptionGroup var options: ReproductionOptions

    func validate() throws {
        try dataset.checkUse(quick: quick)
    }

    func run() async throws {
        if options.settings.printConfig {
            return print(try options.settings.settings(from: quick ? DiffUpSettings.quick : DiffUpSettings()).printed())
        }
        try await options.run(try plan, show: show)
    }

    private var plan: DiffUpReproduction {
        get throws {
            var plan = try quick ? quickPlan : wholePlan
            plan.settings = try options.settings.settings(from: plan.settings)
            if !backbones.isEmpty {
                (plan.backbones, plan.names, plan.ownBackbones) = (backbones.map { BackboneChoice($0) }, [], [])
            }
            (plan.folds, plan.precision) = (folds, options.common.compute.precision)
            if !seeds.isEmpty { plan.seeds = seeds }
            plan.crossDataset = crossDataset.map { DatasetChoice($0) }
            return plan
        }
    }

    private var quickPlan: DiffUpReproduction {
        get throws {
            guard var plan = DiffUpReproduction.quick else {
                throw ValidationError(
                    "this build has no backbone that comes along; give --backbone name=weights and leave --quick out.")
            }
            if let count = dataset.imagesPerClass { plan.dataset.imagesPerClass = count }
            return plan
        }
    }

    private var wholePlan: DiffUpReproduction {
        get throws {
            if backbones.isEmpty { throw ValidationError("a reproduction needs --backbone name=weights, or --quick.") }
            return DiffUpReproduction(dataset: dataset.choice, backbones: [])
        }
    }

    private func show(_ report: DiffUpReport) {
        for item in report.tables {
            options.common.console.line(item.name)
            var table = TextTable(["row", "paper", "ours", "difference", "direction"], leftColumns: 2)
            for row in item.rows {
                table.add([
                    row.title, row.paper, row.weightsText ?? (row.score?.mean).percent,
                    (row.difference?.mean).map(\.signedPercent) ?? "",
                    row.verdict.rawValue,
                ])
            }
            options.common.console.table(table)
        }
    }
}
