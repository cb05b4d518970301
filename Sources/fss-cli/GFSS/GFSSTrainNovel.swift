internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import PseudoLabel

/// `fss gfss train novel`.
struct GFSSTrainNovel: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "novel",
        abstract: "Register the novel classes of a fold in a network of base classes.",
        discussion: """
            Prototypes of the supports become rows of the classifier; then supports, synthetic images (sets of fss synth) and base \
            images are learned together. mixture.base, .supports and .synthetic say how often each is drawn.

            Supports are drawn by --support-seed, or named by a file: the id of an image and its class a line, such as \
            "2007_000033 1" or "2007_000033__aeroplane", --shots lines a novel class.

            Examples:
              fss gfss train novel --dataset shapes5i --convention capl --fold 0 \\
                  --base runs/base0/model.safetensors --shots 5 --support-seed 321
              fss gfss train novel --dataset pascal5i=data/pascal --convention pop --fold 1 \\
                  --base runs/base1/model.safetensors --synthetic runs/synth/set \\
                  --set training.steps=500 --set mixture.synthetic=2
              fss gfss train novel --dataset pascal5i=data/pascal --convention diam \\
                  --base runs/base0/model.safetensors --shots 5 --supports supports.txt
              fss gfss train novel --resume runs/novel0
            """)

    @OptionGroup var dataset: DatasetOptions

    @OptionGroup var convention: ConventionOption

    @Option(help: "The fold whose classes are novel.")
    var fold = 0

    @Option(help: ArgumentHelp("The network of base classes, model.safetensors of fss gfss train base.", valueName: "file"))
    var base: String?

    @Option(help: "Supports a novel class.")
    var shots = 1

    @Option(help: "What supports are drawn with; by default the convention's first seed.")
    var supportSeed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Ids of the images that are supports, each with its class, one a line; in place of a draw.", valueName: "file"))
    var supports: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Sets of synthetic images with labels, as fss synth set writes them.", valueName: "folder"))
    var synthetic: [String] = []

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        let own = [
            ("--fold", fold != 0), ("--shots", shots != 1),
            ("--support-seed", supportSeed != nil),
        ]
        if supports != nil && supportSeed != nil {
            throw ValidationError("--support-seed draws supports and --supports names them: give one of the two.")
        }
        try output.refuse(own + convention.deciding + settings.deciding + dataset.deciding + common.deciding)
        if output.resume == nil { try dataset.checkUse() }
    }

    func run() async throws {
        if settings.printConfig { return print(try configuration.printed()) }
        try await common.train(training(), resumption: "fss gfss train novel --resume") { summary, plan in
            let data = NextCommand.data(plan.dataset, plan.convention, fold: plan.fold)
            let list = plan.supports.map { " --supports \($0)" } ?? ""
            let supports = "--shots \(plan.shots) --seeds \(plan.supportSeed)\(list)"
            return ["Model: \(summary.model)", "Next: fss gfss evaluate \(data) \(supports) --model \(summary.model)"]
        }
    }

    private var configuration: GFSSSettings {
        get throws {
            var configuration = try settings.settings(from: GFSSSettings.novel)
            if let seed = common.seed { configuration.training.seed = seed }
            return configuration
        }
    }

    private func training() throws -> TrainingRun<GFSSNovelPlan> {
        if let resume = output.resume {
            return try TrainingRun(resuming: resume, ranks: Session.ranks) { (plan) throws(RunError) in
                plan.dataset = dataset.moved(plan.dataset)
                try plan.move(base: base, supports: supports, synthetic: synthetic)
            }
        }
        guard let base else { throw ValidationError("novel classes are registered in a network of base classes; add --base.") }
        let convention = try convention.value()
        let plan = GFSSNovelPlan(
            dataset: dataset.choice, convention: convention, fold: fold, base: base, shots: shots,
            supportSeed: supportSeed ?? convention.seeds.first ?? 0, supports: supports, synthetic: synthetic,
            settings: try configuration, precision: common.compute.precision)
        return try TrainingRun(plan, at: output.output.out, force: output.output.force, ranks: Session.ranks)
    }
}
