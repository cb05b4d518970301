internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// `fss train backbone`.
struct TrainBackbone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backbone",
        abstract: "Train a small backbone from scratch to name pixels of base classes.",
        discussion: """
            Only the training images of the fold are seen. On shapes5i the tasks are the shape and the texture of \
            every pixel, elsewhere its class. The weights carry their description, so that --backbone takes the file \
            alone. The run folder has backbone.safetensors, state.safetensors (to continue), metrics.csv and \
            manifest.json. Ctrl-C finishes the step, writes a checkpoint and prints the command that continues, bit for \
            bit as if nothing had happened.

            Examples:
              fss train backbone --dataset shapes5i --fold 0 --out runs/net
              fss train backbone --dataset VOC2012 --fold 1 --network my-resnet.json \\
                  --steps 20000 --image-size 224
              fss train backbone --resume runs/net
            """)

    @OptionGroup var dataset: DatasetOptions

    @Option(help: "The fold whose classes stay unseen.")
    var fold = 0

    @Option(
        help: ArgumentHelp(
            "A description (.json) or a built-in name; by default a ResNet of a million weights.", valueName: "network"))
    var network: String?

    @Option(help: "Optimizer steps.")
    var steps: Int?

    @Option(help: "Images a step.")
    var batchSize: Int?

    @Option(help: "The learning rate after warm-up.")
    var learningRate: Float?

    @Option(help: "Pixels along each side of training images.")
    var imageSize: Int?

    @Option(help: "Steps between checkpoints; 200 by default.")
    var checkpointInterval: Int?

    @Option(help: ArgumentHelp("The run folder; by default a new one in runs/.", valueName: "folder"))
    var out: String?

    @Option(help: ArgumentHelp("Continue the run in this folder.", valueName: "folder"))
    var resume: String?

    @Flag(help: "Replace an earlier run.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000_000).contains(steps ?? 1), (1...4096).contains(batchSize ?? 1) else {
            throw ValidationError("--steps and --batch-size must be at least 1.")
        }
        guard (1...100_000_000).contains(checkpointInterval ?? 1) else {
            throw ValidationError("--checkpoint-interval must be at least 1.")
        }
        guard (32...1024).contains(imageSize ?? 32) else { throw ValidationError("--image-size must be 32...1024.") }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate must be positive.")
        }
        let given: [Any?] = [
            out, network, steps, batchSize, learningRate, imageSize, checkpointInterval, common.seed, common.precision,
        ]
        if resume != nil && (given.contains { $0 != nil } || !dataset.isDefault || fold != 0) {
            throw ValidationError("--resume takes everything from the run's manifest; leave out --out and the settings.")
        }
    }

    func run() async throws {
        try await common.train(resuming: resume, new: newRun) { folder, start in
            try BackboneRun(folder: folder, common: common, start: start)
        }
    }

    private func newRun() throws -> TrainingFolder<BackbonePlan> {
        try dataset.choice.check(folds: [fold])
        let plan = BackbonePlan(
            dataset: dataset.choice, fold: fold, description: try description(), precision: common.compute.precision,
            configuration: settings(), checkpointInterval: checkpointInterval ?? 200)
        return try TrainingFolder(plan, at: out, force: force)
    }

    private func settings() -> DensePretraining.Configuration {
        var settings = DensePretraining.Configuration()
        settings.seed = common.compute.seed
        if let steps { settings.steps = steps }
        if let batchSize { settings.batchSize = batchSize }
        if let learningRate { settings.learningRate = learningRate }
        if let imageSize { settings.imageSize = imageSize }
        return settings
    }

    private func description() throws -> BackboneDescription {
        guard let network else {
            return BackboneDescription(name: "resnet-tiny", network: .resNet(.tiny()), preprocessing: .torchvision)
        }
        return try BackboneChoice.description(network)
    }
}
