internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import PseudoLabel

/// `fss gfss evaluate`.
struct GFSSEvaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Segment the test images with networks of fss gfss train and score them.",
        discussion: """
            The results are those of fss gfss score: base (with and without background), novel, mean, harmonic mean in both \
            orders, total. Networks of several folds or seeds are named by a path with {fold} and {seed}.

            Supports that a file named in training (--supports of fss gfss train novel) are left out of the test images here by \
            the same --supports.

            Examples:
              fss gfss evaluate --dataset shapes5i --convention capl \\
                  --model runs/novel0/model.safetensors
              fss gfss evaluate --dataset pascal5i=data/pascal --convention pop \\
                  --fold 0 1 2 3 --seeds 123 234 345 --shots 5 \\
                  --model "runs/novel-{fold}-{seed}/model.safetensors"
            """)

    @OptionGroup var dataset: DatasetOptions

    @OptionGroup var convention: ConventionOption

    @Option(
        name: .customLong("fold"), parsing: .upToNextOption, help: ArgumentHelp("Folds to evaluate, from 0.", valueName: "fold"))
    var folds: [Int] = [0]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "What supports were drawn with, one run each; by default the convention's where the path has {seed}, else its first.",
            valueName: "seed"))
    var seeds: [UInt64] = []

    @Option(help: "Supports a novel class.")
    var shots = 1

    @Option(
        help: ArgumentHelp(
            "The network, model.safetensors of fss gfss train; {fold} and {seed} are filled in.", valueName: "file"))
    var model: String

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

    @OptionGroup var common: CommonOptions

    func validate() throws { try dataset.checkUse() }

    func run() async throws {
        try common.apply()
        var plan = GeneralizedScoring(
            dataset: dataset.choice, convention: try convention.value(), folds: folds, shots: shots, predictions: model)
        if !seeds.isEmpty { plan.seeds = seeds }
        (plan.supports, plan.space, plan.part) = (supports, space ?? plan.space, part)
        try plan.validate()
        let folder = try output.folder("gfss")
        let bar = ProgressBar(on: common.console)
        let result = try await plan.evaluate(
            in: folder, precision: common.compute.precision, arguments: FSS.arguments, observe: bar.show)
        bar.finish()
        try result.print(folder.url.path, on: common.console)
    }
}
