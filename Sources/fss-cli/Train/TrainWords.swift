internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss train words`.
struct TrainWords: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "words",
        abstract: "Train a small text tower beside a backbone on captions of Shapes-5i.",
        discussion: """
            CLIP in miniature: texts and places of a photo come to one space, so that a word alone says what to look for. The \
            backbone stays as it is; only base classes of the fold are shown. The names of novel classes are made of words that were met, and the \
            text tower learns that a name is what its words say. \
            The run folder has words.safetensors, state.safetensors (to continue), metrics.csv and manifest.json.

            Examples:
              fss train words --out runs/words
              fss train words --fold 1 --backbone runs/net1/backbone.safetensors \\
                  --set steps=4000
              fss evaluate --backbone runs/net1/backbone.safetensors --fold 1 \\
                  --annotation word --words runs/words/words.safetensors
              fss train words --resume runs/words
              mpirun -n 4 fss train words --set shards=4
            """)

    @Option(help: "The fold of Shapes-5i whose classes stay unseen.")
    var fold = 0

    @OptionGroup var backbone: BackboneOptions

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try output.refuse([("--fold", fold != 0)] + settings.deciding + common.deciding)
    }

    func run() async throws {
        if settings.printConfig { return print(try configuration.printed()) }
        try await common.train(training(), resumption: "fss train words --resume") { summary, plan in
            let place = "--fold \(plan.fold) --backbone \(plan.backbone.weights)"
            return [
                "Words: \(summary.words)",
                "Next: fss evaluate \(place) --annotation word --words \(summary.words)",
            ]
        }
    }

    private var configuration: WordSettings {
        get throws {
            var configuration = try settings.settings(from: WordSettings())
            if let seed = common.seed { configuration.seed = seed }
            return configuration
        }
    }

    private func training() throws -> WordTraining {
        let given = try backbone.choice
        if let resume = output.resume {
            return try WordTraining(resuming: resume, ranks: Session.ranks) { plan in
                if let given { plan.backbone = given.moved(from: plan.backbone) }
            }
        }
        guard let choice = given ?? WordPlan.shippedBackbone else {
            throw ValidationError("this build has no backbone that comes along; give --backbone <file>.")
        }
        let plan = WordPlan(backbone: choice, fold: fold, settings: try configuration, precision: common.compute.precision)
        return try WordTraining(plan, at: output.output.out, force: output.output.force, ranks: Session.ranks)
    }
}
