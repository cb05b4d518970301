internal import ArgumentParser
internal import Datasets
internal import Foundation

/// `fss gfss score`.
struct GFSSScore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score the label maps that a network predicted, whoever made it.",
        discussion: """
            Predictions are one PNG a test image with a class a pixel, named after the image (2007_000033.png). Numbers \
            are the dataset's ids, or with --class-order base-first the base classes from 1 on and then the novel ones. \
            Prints base, novel, mean, harmonic and total with the background as a base class and without, and the \
            harmonic mean in both orders of averaging. Files that are missing or wrong are named, the rest is scored, \
            and the command ends with 1.

            Supports of a convention that takes them from test images (diam) are no test images; name your own with \
            --supports.

            Examples:
              fss gfss score --dataset pascal5i=data/pascal --convention pop \\
                  --fold 0 1 2 3 --predictions 'predicted/fold{fold}/seed{seed}'
              fss gfss score --dataset pascal5i=data/pascal --convention diam \\
                  --predictions predicted --supports supports.txt
              fss gfss score --dataset coco=data/coco --convention capl \\
                  --predictions predicted --part 1/8 --out runs/part1
            """)

    @OptionGroup var dataset: DatasetOptions
    @OptionGroup var convention: ConventionOption

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption, help: ArgumentHelp("Folds to score, from 0.", valueName: "fold"))
    var folds: [Int] = [0]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Seeds of the supports, one run each; by default the convention's where the path has {seed}, else its first.",
            valueName: "seed"))
    var seeds: [UInt64] = []

    @Option(help: "Supports a novel class.")
    var shots = 1

    @Option(help: ArgumentHelp("The folder of predictions; {fold} and {seed} in it are filled in.", valueName: "folder"))
    var predictions: String

    @Option(help: "What the numbers of predictions stand for.")
    var classOrder: PredictedLabels.ClassOrder = .dataset

    @Option(
        help: ArgumentHelp(
            "Ids of images that were supports, one a line: they are no test images; {fold} and {seed} are filled in.",
            valueName: "file"))
    var supports: String?

    @Option(
        name: .customLong("iou-space"),
        help: ArgumentHelp(
            "Where predictions are compared: original, square-473, canvas-417 or other sides; by default as the convention says.",
            valueName: "space"))
    var space: IoUSpace?

    @Option(
        help: ArgumentHelp("Only a share of the test images, such as 1/4; fss gfss merge adds the parts up.", valueName: "i/n"))
    var part: ScoredPart = .whole

    @OptionGroup var output: OutputOptions
    @OptionGroup var report: ReportOptions

    func validate() throws { try dataset.checkUse() }

    func run() async throws {
        let plan = try plan
        try plan.validate()
        let folder = try output.folder("gfss")
        let bar = ProgressBar(on: report.console)
        let result = try await plan.run(in: folder, arguments: FSS.arguments, observe: bar.show)
        bar.finish()
        try result.print(folder.url.path, on: report.console)
    }

    private var plan: GeneralizedScoring {
        get throws {
            var plan = GeneralizedScoring(
                dataset: dataset.choice, convention: try convention.value(), folds: folds, shots: shots, predictions: predictions)
            if !seeds.isEmpty { plan.seeds = seeds }
            (plan.classOrder, plan.supports, plan.space, plan.part) = (classOrder, supports, space ?? plan.space, part)
            return plan
        }
    }
}
