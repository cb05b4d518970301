internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// `fss train backbone`.
struct TrainBackbone: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backbone",
        abstract: "Train a small backbone from scratch to name pixels of base classes.",
        discussion: """
            Only the training images of the fold are seen. On shapes5i the tasks are the shape and the texture of \
            every pixel, elsewhere its class. The weights carry their description, so that --backbone takes the file \
            alone.

            Examples:
              fss train backbone --dataset shapes5i --fold 0 --out runs/net
              fss train backbone --dataset VOC2012 --fold 1 --network my-resnet.json \\
                  --steps 20000 --image-size 224
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

    @Option(help: ArgumentHelp("The run folder; by default a new one in runs/.", valueName: "folder"))
    var out: String?

    @Flag(help: "Replace an earlier run.")
    var force = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000_000).contains(steps ?? 1), (1...4096).contains(batchSize ?? 1) else {
            throw ValidationError("--steps and --batch-size must be at least 1.")
        }
        guard (32...1024).contains(imageSize ?? 32) else { throw ValidationError("--image-size must be 32...1024.") }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate must be positive.")
        }
    }

    func run() throws {
        try common.apply()
        try dataset.choice.check(folds: [fold])
        let start = Date()
        let description = try description()
        let scope = ParameterScope(seed: common.seedValue)
        let backbone = try description.makeBackbone(scope, precision: common.precisionValue)
        let settings = settings()
        let folder = try RunFolder(out, command: "backbone", force: force)
        let data = try dataset.choice.dataset(.training, fold: fold)
        common.console.note("Loading \(Set(data.items.map(\.id)).count) images of \(data.name)")
        let pretraining = try DensePretraining(
            backbone: backbone, tasks: tasks(data), dataset: data, configuration: settings)
        let last = try train(pretraining, settings, folder)
        try save(backbone, description, last?.step ?? 0, to: folder)
        let plan = BackbonePlan(dataset: dataset.choice, fold: fold, description: description, configuration: settings)
        let manifest = RunManifest(command: "train backbone", common: common, settings: plan, started: start)
        let isWhole = last?.step == settings.steps
        try TextFile.writeJSON(
            manifest.ended(isWhole ? "finished" : "interrupted", since: start), to: folder.file("manifest.json"))
        try folder.commit()
        let weights = folder.url.appendingPathComponent("backbone.safetensors")
        guard isWhole else { throw Interrupted(advice: "The weights of step \(last?.step ?? 0) are in \(weights.path).") }
        common.console.line("Backbone: \(weights.path)")
        common.console.line("Next: fss train --fold \(fold) --backbone \(weights.path) ...")
        try common.console.emit(
            BackboneSummary(weights: weights.path, steps: settings.steps, loss: last?.loss, accuracy: last?.accuracy))
    }

    private func settings() -> DensePretraining.Configuration {
        var settings = DensePretraining.Configuration()
        settings.seed = common.seedValue
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
        guard network.hasSuffix(".json") else { return try Backbones.description(named: network) }
        guard let json = try? Data(contentsOf: URL(fileURLWithPath: network)) else {
            throw CommandError("\(network): cannot be read, expected a backbone description; check --network")
        }
        return try BackboneDescription(json: json, source: network)
    }

    private func tasks(_ data: any FewShotDataset) -> [DensePretraining.Task] {
        if dataset.choice.name == DatasetRegistry.shapes5i { return DensePretraining.Task.shapes5i }
        let groups = data.classes.enumerated().map { ($0.element.id, $0.offset + 1) }
        return [DensePretraining.Task(name: "class", groups: Dictionary(groups) { $1 })]
    }

    private func train(
        _ pretraining: DensePretraining, _ settings: DensePretraining.Configuration, _ folder: RunFolder
    ) throws -> DensePretraining.Progress? {
        let log = try StepLog(folder.file("metrics.csv"), header: ["step", "loss", "accuracy"], upTo: 0)
        let bar = ProgressBar("training", total: settings.steps, on: common.console)
        var last: DensePretraining.Progress?
        try pretraining.run { progress in
            last = progress
            try log.append([String(progress.step), String(progress.loss), String(progress.accuracy)])
            bar.update(
                progress.step, "loss \(progress.loss.rounded(to: 3))  accuracy \((progress.accuracy * 100).rounded(to: 1)) %")
            return !Interruption.isRequested
        }
        bar.finish()
        return last
    }

    private func save(_ backbone: any Backbone, _ description: BackboneDescription, _ steps: Int, to folder: RunFolder) throws {
        var state = backbone.stateDict()
        state.metadata[Backbones.metadataKey] = String(decoding: try description.json(), as: UTF8.self)
        state.metadata["training"] = "\(dataset.choice.dataset), base classes of fold \(fold), \(steps) steps"
        try Safetensors.save(state, to: folder.file("backbone.safetensors"))
    }
}

/// What a backbone's manifest stores.
private struct BackbonePlan: Codable {
    var dataset: DatasetChoice
    var fold: Int
    var description: BackboneDescription
    var configuration: DensePretraining.Configuration
}

/// What `train backbone --json` prints.
private struct BackboneSummary: Codable {
    var weights: String
    var steps: Int
    var loss: Float?
    var accuracy: Float?
}
