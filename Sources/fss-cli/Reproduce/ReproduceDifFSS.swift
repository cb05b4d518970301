internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import PseudoLabel

/// `fss reproduce diffss`.
struct ReproduceDifFSS: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "diffss",
        abstract: "The gain of generated supports for every model, control and number; drift; the claims.",
        discussion: """
            --quick runs on drawn shapes, from nothing: the model that comes along, a small HSNet and PFENet that are trained \
            first, baselines of prototypes, and the painter as generator, which redraws the mask of a support in new colours \
            on another ground. Stopped at any time, the command goes on with --resume in place of --out.

            Examples:
              fss reproduce diffss --quick --out runs/diffss
              fss reproduce diffss --dataset pascal5i=data/pascal --fold 0 1 2 3 \\
                  --backbone resnet50-torchvision=resnet50.pth --checkpoint 'runs/fold{fold}/model.safetensors' \\
                  --auxiliary-generator sd15/ --controlnet control_sd15_seg.pth --set controls='["segmentation"]'
            """)

    @Flag(help: "Small photos, few steps, three seeds, on shapes5i.")
    var quick = false

    @OptionGroup var dataset: DatasetOptions

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption, help: ArgumentHelp("Folds, from 0.", valueName: "fold"))
    var folds: [Int] = [0]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Seeds of episodes and pictures, one run each; 0, 1 and 2 by default.", valueName: "seed"))
    var seeds: [UInt64] = []

    @Option(help: ArgumentHelp("The network of all models.", valueName: "name=weights"))
    var backbone: String?

    @Option(
        name: .customLong("checkpoint"), parsing: .upToNextOption,
        help: ArgumentHelp("DiffUp's decoder of each fold: one path with {fold} in it, or one path a fold.", valueName: "file"))
    var checkpoints: [String] = []

    @Option(
        name: .customLong("learner"), parsing: .upToNextOption,
        help: ArgumentHelp("Checkpoints of fss train learner, with {fold} in the path for several folds.", valueName: "file"))
    var learners: [String] = []

    @Option(
        name: .customLong("model"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "What is wrapped: \(WrappedModels.names.joined(separator: ", ")); all that the files allow by default.",
            valueName: "name"))
    var models: [String] = []

    @OptionGroup var generator: AuxiliaryGeneratorOptions

    @OptionGroup var options: ReproductionOptions

    func validate() throws {
        try dataset.checkUse(quick: quick)
        if quick && (backbone != nil || !checkpoints.isEmpty || !learners.isEmpty) {
            throw ValidationError("--quick brings its models; leave --backbone, --checkpoint and --learner out.")
        }
    }

    func run() async throws {
        if options.settings.printConfig {
            return print(try options.settings.settings(from: quick ? DifFSSSettings.quick : DifFSSSettings()).printed())
        }
        try await options.run(try plan, show: show)
    }

    private var plan: DifFSSReproduction {
        get throws {
            var plan = try quick ? quickPlan : wholePlan
            plan.settings = try options.settings.settings(from: plan.settings)
            (plan.folds, plan.precision) = (folds, options.common.compute.precision)
            (plan.generator, plan.edges) = (try generator.choice, generator.edges)
            if !models.isEmpty { plan.models = models }
            if !seeds.isEmpty { plan.seeds = seeds }
            return plan
        }
    }

    private var quickPlan: DifFSSReproduction {
        get throws {
            guard var plan = DifFSSReproduction.quick else {
                throw ValidationError(
                    "this build has no model that comes along; give --backbone and --checkpoint and leave --quick out.")
            }
            if let count = dataset.imagesPerClass { plan.dataset.imagesPerClass = count }
            return plan
        }
    }

    private var wholePlan: DifFSSReproduction {
        get throws {
            guard let backbone else { throw ValidationError("a reproduction needs --backbone name=weights, or --quick.") }
            var plan = DifFSSReproduction(
                dataset: dataset.choice, backbone: BackboneChoice(backbone), checkpoints: checkpoints)
            plan.folds = folds
            try plan.wrap(learners: learners)
            return plan
        }
    }

    private func show(_ report: DifFSSReport) {
        for (title, rows) in [("Models with auxiliary supports", report.gains), ("Drift", report.drift)] where !rows.isEmpty {
            options.common.console.line(title)
            var table = TextTable(["model", "shown", "mIoU", "gain", "interval"], leftColumns: 2)
            for row in rows {
                let range = row.gain?.interval.map { "\($0.lower.percent) to \($0.upper.percent)" } ?? ""
                table.add([row.model, row.shown, (row.score?.mean).percent, row.gain?.mean.signedPercent ?? "", range])
            }
            options.common.console.table(table)
        }
        var claims = TextTable(["the paper's claim", "difference", "verdict"])
        for item in report.claims { claims.add([item.claim, item.difference?.mean.signedPercent ?? "-", item.verdict.rawValue]) }
        options.common.console.table(claims)
    }
}
