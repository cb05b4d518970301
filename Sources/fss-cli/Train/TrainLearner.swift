internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation

/// `fss train learner`.
struct TrainLearner: RankedCommand {
    static let configuration = CommandConfiguration(
        commandName: "learner",
        abstract: "Train HSNet, PFENet or another learner on the base classes of a fold; the backbone stays as it is.",
        discussion: """
            The defaults are those of the published networks, which were trained for days: with a small backbone a smaller \
            network and a few hundred steps show what they do. The run folder has learner.safetensors, which says what it is \
            (for evaluate --learner), state.safetensors (to continue), metrics.csv, evaluation.csv and best.safetensors with \
            held-out classes, and manifest.json. Ctrl-C finishes the step, writes a checkpoint and prints the command that \
            continues, bit for bit as if nothing had happened.

            Examples:
              fss train learner --architecture hsnet --dataset shapes5i --fold 0 \\
                  --backbone net.safetensors --set network.imageSize=160 \\
                  --set network.channels=[8,16,32] --set training.steps=300
              fss train learner --architecture pfenet --dataset VOC2012 --lists lists/pascal --fold 2 \\
                  --backbone resnet50-pfenet=resnet50_v2.pth
              fss train learner --architecture hsnet --print-config > config.json
              fss train learner --resume runs/hsnet0
              mpirun -n 4 fss train learner --architecture hsnet \\
                  --backbone net.safetensors --set training.shards=4
            """)

    @Option(help: ArgumentHelp("What is trained: \(FewShotFamilies.names.joined(separator: ", ")).", valueName: "name"))
    var architecture: String?

    @OptionGroup var dataset: DatasetOptions

    @Option(help: ArgumentHelp("The fold whose classes stay unseen, or all to train on every class.", valueName: "fold"))
    var fold = TrainingFold(fold: 0)

    @OptionGroup var backbone: BackboneOptions

    @OptionGroup var settings: SettingsOptions

    @Option(help: "Episodes of an evaluation on held-out classes.")
    var evaluationEpisodes = 100

    @OptionGroup var output: ResumableOutputOptions

    @Option(
        help: ArgumentHelp(
            "Where maps of photos are kept for the next training; by default swift-fss/features in the user's cache folder.",
            valueName: "folder"))
    var features: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        let own = [
            ("--architecture", architecture != nil), ("--fold", fold.fold != 0),
            ("--evaluation-episodes", evaluationEpisodes != 100),
        ]
        try output.refuse(own + settings.deciding + dataset.deciding + common.deciding)
        guard output.resume == nil else { return }
        try dataset.checkUse()
        guard let architecture else {
            throw ValidationError("training needs --architecture: \(FewShotFamilies.names.joined(separator: ", ")).")
        }
        guard FewShotFamilies.names.contains(architecture) else {
            throw ValidationError(
                "--architecture is \(architecture), expected \(FewShotFamilies.names.joined(separator: ", ")).")
        }
    }

    func run() async throws {
        if settings.printConfig { return print(try learnerSettings().json()) }
        let store = FeatureStore(folder: features.map { URL(fileURLWithPath: $0) } ?? FeatureStore.standardFolder)
        try await common.train(training(), features: store, resumption: "fss train learner --resume") { Self.lines($0, $1) }
    }

    private func training() throws -> FewShotTraining {
        guard let resume = output.resume else {
            return try FewShotTraining(
                plan(), at: output.output.out, force: output.output.force, ranks: Session.ranks)
        }
        let choice = try backbone.choice
        return try FewShotTraining(resuming: resume, ranks: Session.ranks) { (plan) throws(RunError) in
            plan.dataset = dataset.moved(plan.dataset)
            if let choice { plan.backbone = choice.moved(from: plan.backbone) }
        }
    }

    private func plan() throws -> FewShotPlan {
        guard let choice = try backbone.choice else { throw ValidationError("training needs --backbone and --weights.") }
        return FewShotPlan(
            dataset: dataset.choice, fold: fold.fold, backbone: choice, settings: try learnerSettings(),
            evaluationEpisodes: evaluationEpisodes)
    }

    private func learnerSettings() throws -> FewShotSettings {
        let json = try settings.config.map { try SettingsFile.text($0) }
        var found = try FewShotSettings(architecture: architecture ?? "")
            .changed(byJSON: json, file: settings.config ?? "", assignments: settings.assignments)
        if let seed = common.seed { found.training.seed = seed }
        if let precision = common.precision { found.training.precision = precision }
        return found
    }

    /// What people read of a finished training.
    private static func lines(_ summary: FewShotSummary, _ plan: FewShotPlan) -> [String] {
        var lines = ["\(summary.title): \(summary.model)"]
        if let best = summary.best, let model = summary.bestModel {
            lines.append("Best on held-out classes: \(best.percent) % mIoU at step \(best.step), \(model)")
        }
        guard let fold = plan.fold else { return lines }
        let network = [plan.backbone.name, plan.backbone.weights].compactMap { $0 }.joined(separator: "=")
        let lists = plan.dataset.lists.map { " --lists \($0)" } ?? ""
        let data = "--dataset \(plan.dataset.dataset)\(lists) --fold \(fold)"
        return lines + ["Next: fss evaluate \(data) --backbone \(network) --learner \(summary.model)"]
    }
}
