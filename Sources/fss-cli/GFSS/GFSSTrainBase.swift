internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import PseudoLabel

/// `fss gfss train base`.
struct GFSSTrainBase: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "base",
        abstract: "Train PSPNet behind a backbone on the base classes of a fold.",
        discussion: """
            The run folder has model.safetensors, state.safetensors (to continue), metrics.csv, report.html and \
            manifest.json. A ResNet is dilated from stride 8 on; with --set training.part=head the backbone stays as it is. \
            Ctrl-C finishes the step, writes a checkpoint and prints the command that continues, bit for bit.

            Examples:
              fss gfss train base --dataset shapes5i --convention capl --fold 0 \\
                  --backbone net.safetensors --set training.augmentation.side=128
              fss gfss train base --dataset pascal5i=data/pascal --convention pop --fold 1 \\
                  --backbone resnet50-torchvision --weights resnet50.pth
              fss gfss train base --print-config > base.json
              fss gfss train base --resume runs/base0
            """)

    @OptionGroup var dataset: DatasetOptions

    @OptionGroup var convention: ConventionOption

    @Option(help: "The fold whose classes are novel.")
    var fold = 0

    @OptionGroup var backbone: BackboneOptions

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try output.refuse(
            [("--fold", fold != 0)] + convention.deciding + settings.deciding + dataset.deciding
                + common.deciding)
        if output.resume == nil { try dataset.checkUse() }
    }

    func run() async throws {
        if settings.printConfig { return print(try configuration.printed()) }
        try await common.train(training(), resumption: "fss gfss train base --resume") { summary, plan in
            let data = NextCommand.data(plan.dataset, plan.convention, fold: plan.fold)
            return ["Model: \(summary.model)", "Next: fss gfss train novel \(data) --base \(summary.model)"]
        }
    }

    private var configuration: GFSSSettings {
        get throws {
            var configuration = try settings.settings(from: GFSSSettings())
            if let seed = common.seed { configuration.training.seed = seed }
            return configuration
        }
    }

    private func training() throws -> TrainingRun<GFSSBasePlan> {
        let choice = try backbone.choice
        if let resume = output.resume {
            return try TrainingRun(resuming: resume, ranks: Session.ranks) { (plan) throws(RunError) in
                plan.dataset = dataset.moved(plan.dataset)
                if let choice { plan.backbone = choice.moved(from: plan.backbone) }
            }
        }
        guard let choice else { throw ValidationError("a training on base classes needs --backbone and its weights.") }
        let plan = GFSSBasePlan(
            dataset: dataset.choice, convention: try convention.value(), fold: fold, backbone: choice,
            settings: try configuration, precision: common.compute.precision)
        return try TrainingRun(plan, at: output.output.out, force: output.output.force, ranks: Session.ranks)
    }
}
