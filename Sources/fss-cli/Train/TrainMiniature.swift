internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import PseudoLabel

/// `fss train miniature`.
struct TrainMiniature: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "miniature",
        abstract: "Train a small latent diffusion model with a ControlNet on scenes of Shapes-5i.",
        discussion: """
            Stable Diffusion's networks in sizes that two cores can train, in three stages: autoencoder, denoiser (with its text \
            tower), control. Each begins with the folder model of the stage before. Only base classes of the fold are seen; \
            the names of others are made of words that were. The run folder has model (a folder of diffusers, for fss generate \
            and for auxiliary supports), state.safetensors (to continue), metrics.csv and manifest.json. \
            Scripts/train-miniature.sh runs all three.

            Examples:
              fss train miniature --stage autoencoder --out runs/vae
              fss train miniature --stage denoiser --base runs/vae/model --out runs/unet
              fss train miniature --stage control --base runs/unet/model --out runs/control
              fss generate "a photo of a striped ring" --model runs/control/model
              fss evaluate --auxiliary 4 --auxiliary-generator runs/control/model ...
              fss train miniature --resume runs/unet
              mpirun -n 4 fss train miniature --set training.shards=4
            """)

    @Option(help: "What is trained: \(MiniatureStage.allCases.map(\.rawValue).joined(separator: ", ")).")
    var stage: MiniatureStage = .autoencoder

    @Option(help: ArgumentHelp("The folder model of the stage before.", valueName: "folder"))
    var base: String?

    @Option(help: "The fold of Shapes-5i whose classes stay unseen.")
    var fold = 0

    @OptionGroup var settings: SettingsOptions

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        let own = [("--stage", stage != .autoencoder), ("--fold", fold != 0)]
        try output.refuse(own + settings.deciding + common.deciding)
    }

    func run() async throws {
        if settings.printConfig { return print(try configuration.printed()) }
        try await common.train(training(), resumption: "fss train miniature --resume") { summary, plan in
            var lines = ["Model: \(summary.model) (\(summary.bytes >> 20) MiB)"]
            let stages = MiniatureStage.allCases
            if let next = stages.first(where: { $0.before == plan.stage }) {
                lines.append("Next: fss train miniature --stage \(next.rawValue) --base \(summary.model)")
            } else {
                lines.append("Next: fss generate \"a photo of a striped ring\" --model \(summary.model)")
            }
            return lines
        }
    }

    private var configuration: MiniatureSettings {
        get throws {
            var configuration = try settings.settings(from: MiniatureSettings(stage))
            if let seed = common.seed { configuration.training.seed = seed }
            return configuration
        }
    }

    private func training() throws -> TrainingRun<MiniaturePlan> {
        if let resume = output.resume {
            return try TrainingRun(resuming: resume, ranks: Session.ranks) { if let base { $0.base = base } }
        }
        let plan = MiniaturePlan(
            stage, base: base, fold: fold, settings: try configuration, precision: common.compute.precision)
        return try TrainingRun(plan, at: output.output.out, force: output.output.force, ranks: Session.ranks)
    }
}
