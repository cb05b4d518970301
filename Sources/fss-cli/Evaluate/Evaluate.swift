internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import SegModels

/// `fss evaluate`.
struct Evaluate: RankedCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score a decoder behind several backbones, beside training-free baselines.",
        discussion: """
            Rows are backbones, columns methods: with one decoder behind all of them this is the stitching matrix. \
            Scores are mIoU (FB-IoU) in percent, and boundary IoU beside. --protocol sets everything that numbers of one table share: how \
            episodes are drawn and how many, the resolution of the comparison, the pixels that count, seed and \
            threshold; --protocol hsnet is HSNet's as published (a square of 400, nearest masks), bam has five seeds, and \
            label-anything, pgma and wide are others. Options beside it change one value; that is printed, and manifests \
            say which. The foreground baseline's threshold is chosen on base classes \
            of the training list.

            Examples:
              fss evaluate --dataset shapes5i --fold 0 --backbone net.safetensors \\
                  --checkpoint runs/shapes0/model.safetensors
              fss evaluate --dataset VOC2012 --lists lists/pascal --fold 0 1 2 3 \\
                  --protocol hsnet \\
                  --backbone resnet50-torchvision=resnet50.safetensors \\
                  --backbone squeezenet1_1-torchvision=squeezenet.safetensors \\
                  --checkpoint 'runs/fold{fold}/model.safetensors' --out runs/matrix
              fss evaluate --backbone net.safetensors --annotation scribble \\
                  --shots 5 --supports nested --checkpoint model.safetensors
              fss evaluate --backbone net.safetensors --absent-share 0.5 \\
                  --checkpoint model.safetensors
              fss evaluate --dataset shapes5i --backbone net.safetensors --auxiliary 4 --control hed
              fss evaluate --backbone net.safetensors --absent-share 0.5 \\
                  --classes base --fit-presence --checkpoint model.safetensors
              fss evaluate --backbone net.safetensors --annotation word \\
                  --words runs/words/words.safetensors  # without: words that come along
              fss evaluate --backbone net.safetensors \\
                  --learner runs/hsnet/learner.safetensors runs/pfenet/learner.safetensors

            A run that ended early goes on with --resume: what is scored stays scored.
              fss evaluate --resume runs/matrix

            Processes of a launcher share the episodes; the result is the same:
              mpirun -n 4 fss evaluate --backbone net.safetensors

            The folder has report.html (all of it, for reading), metrics.json, matrix.csv, classes.csv, manifest.json, \
            pictures of episodes, and one folder for each fold, backbone and method with its episodes.
            """)

    @OptionGroup var dataset: DatasetOptions

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption, help: ArgumentHelp("Folds to evaluate, from 0.", valueName: "fold"))
    var folds: [Int] = [0]

    @Option(
        help: ArgumentHelp(
            "The fold's novel classes, or the base classes of its training list: to choose levels, priors or thresholds, never to report."
        ))
    var classes: EvaluatedClasses = .novel

    @Option(
        help: ArgumentHelp(
            "With --classes base: only the classes that training.heldOutClasses=<count> keeps aside under the same seed.",
            valueName: "count"))
    var heldOut = 0

    @Option(
        name: .customLong("backbone"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "A backbone: name=weights, or weights that describe themselves; may be repeated.", valueName: "name=weights"))
    var backbones: [String] = []

    @Option(
        name: .customLong("checkpoint"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "The decoder of each fold: one path with {fold} in it, or one path a fold; none for baselines alone.",
            valueName: "file"))
    var checkpoints: [String] = []

    @Flag(help: "Also score all backbones at once: the decoder sees their priors as further views; nothing is trained.")
    var fused = false

    @Option(
        name: .customLong("learner"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Learners beside, learner.safetensors of `fss train learner`, a column each; {fold} in a path is the fold.",
            valueName: "file"))
    var learners: [String] = []

    @Option(
        help: ArgumentHelp(
            "Training-free methods beside, commas between: \(EvaluationPlan.baselineNames); none for none.",
            valueName: "list"))
    var baselines = Evaluate.usualBaselines

    @OptionGroup var question: ProtocolOptions

    @Option(
        help: ArgumentHelp(
            "Side of the square that photos are resized to, without a checkpoint; 320 by default.", valueName: "pixels"))
    var imageSize: Int?

    @OptionGroup var sampling: SamplingOptions

    @OptionGroup var auxiliary: AuxiliaryOptions

    @Option(help: "Episodes to draw for each fold and backbone: the best, the median and the worst; 0 for none.")
    var pictures = 12

    @Flag(
        help:
            "Also draw sampling strips for each kind of annotation, error maps at three levels of noise, and how good priors are."
    )
    var figures = false

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try output.refuse(settled + sampling.deciding + auxiliary.deciding + dataset.deciding + common.deciding)
        try validating { _ = try plan }
        if output.resume != nil { return }
        if backbones.isEmpty { throw ValidationError("Missing expected argument '--backbone <name=weights> ...'") }
        try dataset.checkUse()
        try checkSampling()
    }

    func run() async throws {
        if auxiliary.auxiliaryDryRun {
            try common.apply()
            return try EvaluationRun(try plan, compute: common.compute).forecast().map { try common.tell($0) } ?? ()
        }
        let folder = try output.folder("evaluate")
        let run = try run(in: folder)
        try run.compute.apply()
        try run.plan.validate()
        try common.console.introduce(Session.ranks)
        let bar = ProgressBar(on: common.console)
        let report = try await output.resumably("evaluate", in: folder) {
            try await run.run(in: folder, arguments: FSS.arguments, ranks: Session.ranks, observe: bar.show)
        }
        bar.finish()
        try report.print(run.plan, on: common.console)
    }
}
