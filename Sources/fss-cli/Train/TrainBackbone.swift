internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import SegModels

/// `fss train backbone`.
struct TrainBackbone: RankedCommand {
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

    @Option(help: "Parts that every batch is cut into for several processes; each has statistics of its own.")
    var shards: Int?

    @Option(help: "The learning rate after warm-up.")
    var learningRate: Float?

    @Option(help: "Pixels along each side of training images.")
    var imageSize: Int?

    @Option(help: "Steps between checkpoints; 200 by default.")
    var checkpointInterval: Int?

    @OptionGroup var output: ResumableOutputOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        let own = [
            ("--fold", fold != 0), ("--network", network != nil), ("--steps", steps != nil), ("--batch-size", batchSize != nil),
            ("--shards", shards != nil), ("--learning-rate", learningRate != nil), ("--image-size", imageSize != nil),
            ("--checkpoint-interval", checkpointInterval != nil),
        ]
        try output.refuse(own + dataset.deciding + common.deciding)
        if output.resume == nil { try dataset.checkUse() }
    }

    func run() async throws {
        try await common.train(training(), resumption: "fss train backbone --resume") { summary, plan in
            ["Backbone: \(summary.weights)", "Next: fss train --fold \(plan.fold) --backbone \(summary.weights) ..."]
        }
    }

    private func training() throws -> BackboneTraining {
        guard let resume = output.resume else {
            return try BackboneTraining(plan(), at: output.output.out, force: output.output.force, ranks: Session.ranks)
        }
        return try BackboneTraining(resuming: resume, ranks: Session.ranks) { $0.dataset = dataset.moved($0.dataset) }
    }

    private func plan() throws -> BackbonePlan {
        var plan = BackbonePlan(dataset: dataset.choice, fold: fold, precision: common.compute.precision)
        plan.description = try network.map { try BackboneChoice.description($0) } ?? plan.description
        plan.checkpointInterval = checkpointInterval ?? plan.checkpointInterval
        plan.shards = shards
        plan.configuration.seed = common.compute.seed
        plan.configuration.steps = steps ?? plan.configuration.steps
        plan.configuration.batchSize = batchSize ?? plan.configuration.batchSize
        plan.configuration.learningRate = learningRate ?? plan.configuration.learningRate
        plan.configuration.imageSize = imageSize ?? plan.configuration.imageSize
        return plan
    }
}
