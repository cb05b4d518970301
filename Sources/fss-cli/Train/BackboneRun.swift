internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// The training of one backbone.
final class BackboneRun: TrainingTask {
    private let plan: BackbonePlan
    private let pretraining: DensePretraining
    let manifest: RunManifest<BackbonePlan>

    /// Loads what the plan names; nothing is written yet.
    init(folder: TrainingFolder<BackbonePlan>, common: CommonOptions, start: Date) throws {
        var plan = folder.plan
        let data = try plan.dataset.dataset(.training, fold: plan.fold)
        try folder.compare(plan.listHash, data.listHash, "the training list")
        plan.listHash = data.listHash
        let scope = ParameterScope(seed: plan.configuration.seed)
        let backbone = try plan.description.makeBackbone(scope, precision: plan.precision)
        common.console.note("Loading \(Set(data.items.map(\.id)).count) images of \(data.name)")
        pretraining = try DensePretraining(
            backbone: backbone, tasks: plan.tasks(data), dataset: data, configuration: plan.configuration)
        var manifest = RunManifest(command: BackbonePlan.command, common: common, settings: plan, started: start)
        manifest.compute.seed = plan.configuration.seed
        manifest.compute.precision = plan.precision
        self.manifest = manifest
        self.plan = plan
    }

    var engine: TrainingEngine { pretraining.engine }
    var checkpointInterval: Int { plan.checkpointInterval }
    var loggedMetrics: [String] { [DensePretraining.accuracy] }

    func detail(_ progress: TrainingProgress, smoothedLoss: Double) -> String {
        let accuracy = (progress.metrics[DensePretraining.accuracy] ?? 0) * 100
        return "loss \(progress.loss.rounded(to: 3))  accuracy \(accuracy.rounded(to: 1)) %"
    }

    func saveModel(to url: URL) throws {
        var state = pretraining.backbone.stateDict()
        state.metadata[Backbones.metadataKey] = String(decoding: try plan.description.json(), as: UTF8.self)
        state.metadata["training"] = "\(plan.dataset.dataset), base classes of fold \(plan.fold), \(engine.step) steps"
        try Safetensors.save(state, to: url)
    }

    func summary(
        _ end: TrainingEnd, in folder: TrainingFolder<BackbonePlan>
    ) -> (value: BackboneSummary, lines: [String]) {
        let weights = folder.model.path
        let summary = BackboneSummary(
            weights: weights, steps: engine.settings.steps, loss: end.last?.loss,
            accuracy: end.last?.metrics[DensePretraining.accuracy])
        return (summary, ["Backbone: \(weights)", "Next: fss train --fold \(plan.fold) --backbone \(weights) ..."])
    }
}

/// What `train backbone --json` prints.
struct BackboneSummary: Encodable {
    var weights: String
    var steps: Int
    var loss: Float?
    var accuracy: Float?
}
