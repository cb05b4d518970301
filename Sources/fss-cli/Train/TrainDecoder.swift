internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss train decoder`.
struct TrainDecoder: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "decoder",
        abstract: "Train a decoder on the base classes of a fold; the backbone stays as it is.",
        discussion: """
            The run folder has model.safetensors (averaged weights, for predict and evaluate), state.safetensors (to \
            continue), metrics.csv, evaluation.csv with held-out classes, and manifest.json. Ctrl-C finishes the \
            step, writes a checkpoint and prints the command that continues, bit for bit as if nothing had happened.

            Examples:
              fss train --dataset shapes5i --fold 0 --backbone net.safetensors \\
                  --out runs/shapes0
              fss train --dataset VOC2012 --lists lists/pascal --fold 2 \\
                  --backbone resnet50-torchvision --weights resnet50.safetensors \\
                  --set training.steps=5000 --set model.process.prediction=sample
              fss train --dataset VOC2012 --fold all --backbone resnet50-torchvision \\
                  --further-backbones densenet169-torchvision vgg16-torchvision
              fss train --print-config > config.json
              fss train --config config.json --backbone net.safetensors
              fss train --dataset shapes5i --backbone net.safetensors --auxiliary 4
              fss train --resume runs/shapes0
              mpirun -n 4 fss train --backbone net.safetensors \\
                  --set training.shards=4
              fss train --resume moved/shapes0 --dataset moved/VOC2012 \\
                  --backbone moved/net.safetensors
            """)

    @OptionGroup var dataset: DatasetOptions

    @Option(help: ArgumentHelp("The fold whose classes stay unseen, or all to train on every class.", valueName: "fold"))
    var fold = TrainingFold(fold: 0)

    @OptionGroup var backbone: BackboneOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Further backbones that the decoder is trained behind, one drawn a step.", valueName: "name=weights"))
    var furtherBackbones: [String] = []

    @Option(
        help: ArgumentHelp("Where the configuration begins: default, or paper for the text as it is written.", valueName: "name"))
    var preset = "default"

    @OptionGroup var settings: SettingsOptions

    @Option(help: "Episodes of an evaluation on held-out classes.")
    var evaluationEpisodes = 100

    @OptionGroup var auxiliary: AuxiliaryOptions

    @OptionGroup var output: ResumableOutputOptions

    @Option(
        help: ArgumentHelp(
            "Where features of photos are kept for the next training; by default swift-fss/features in the user's cache folder.",
            valueName: "folder"))
    var features: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        let own = [
            ("--fold", fold.fold != 0), ("--preset", preset != "default"),
            ("--evaluation-episodes", evaluationEpisodes != 100),
        ]
        try output.refuse(own + settings.deciding + auxiliary.deciding + dataset.deciding + common.deciding)
        if output.resume == nil { try dataset.checkUse() }
    }

    func run() async throws {
        if settings.printConfig { return print(try trainingSettings().json()) }
        if auxiliary.auxiliaryDryRun {
            try common.apply()
            return try plan().forecast().map { try common.tell($0) } ?? ()
        }
        let store = FeatureStore(folder: features.map { URL(fileURLWithPath: $0) } ?? FeatureStore.standardFolder)
        try await common.train(training(), features: store, resumption: "fss train --resume") { Self.lines($0, $1) }
    }

    private func training() throws -> DecoderTraining {
        guard let resume = output.resume else {
            return try DecoderTraining(
                plan(), at: output.output.out, force: output.output.force, ranks: Session.ranks)
        }
        let choice = try backbone.choice
        return try DecoderTraining(resuming: resume, ranks: Session.ranks) { (plan) throws(RunError) in
            plan.dataset = dataset.moved(plan.dataset)
            if let choice { plan.backbone = choice.moved(from: plan.backbone) }
            if !furtherBackbones.isEmpty { try plan.moveFurtherBackbones(to: furtherBackbones.map { BackboneChoice($0) }) }
        }
    }

    private func plan() throws -> DecoderPlan {
        guard let choice = try backbone.choice else { throw ValidationError("training needs --backbone and --weights.") }
        var plan = DecoderPlan(
            dataset: dataset.choice, fold: fold.fold, backbone: choice,
            furtherBackbones: furtherBackbones.map { BackboneChoice($0) }, settings: try trainingSettings(),
            evaluationEpisodes: evaluationEpisodes)
        plan.auxiliary = try auxiliary.choice
        return plan
    }

    private func trainingSettings() throws -> TrainingSettings {
        let json = try settings.config.map { try SettingsFile.text($0) }
        var found = try TrainingSettings(preset: preset)
            .changed(byJSON: json, file: settings.config ?? "", assignments: settings.assignments)
        if let seed = common.seed { found.training.seed = seed }
        if let precision = common.precision {
            found.training.precision = precision
            found.training.backbonePrecision = precision
        }
        return found
    }

    /// What people read of a finished training.
    private static func lines(_ summary: DecoderSummary, _ plan: DecoderPlan) -> [String] {
        var lines = ["Model: \(summary.model)"]
        if let best = summary.best, let model = summary.bestModel {
            lines.append("Best on held-out classes: \(best.percent) % mIoU at step \(best.step), \(model)")
        }
        let network = [plan.backbone.name, plan.backbone.weights].compactMap { $0 }.joined(separator: "=")
        let lists = plan.dataset.lists.map { " --lists \($0)" } ?? ""
        guard let fold = plan.fold else {
            return lines + ["Next: fss predict --backbone \(network) --checkpoint \(summary.model) ..."]
        }
        let data = "--dataset \(plan.dataset.dataset)\(lists) --fold \(fold)"
        return lines + ["Next: fss evaluate \(data) --backbone \(network) --checkpoint \(summary.model)"]
    }
}
